// exitools(8): the tools of Exim's chapter "Exim utilities", under their names.
#include <unistd.h>

#include <climits>
#include <cstdio>

#include "utilities/tool.h"

using namespace gp;

namespace {

std::string own_directory()
{
    char path[PATH_MAX];
    const auto size = ::readlink("/proc/self/exe", path, sizeof path);
    const std::string self(path, size > 0 ? static_cast<std::size_t>(size) : 0);
    return self.substr(0, self.rfind('/'));
}

int list(const Registry<utilities::Tool>& tools, int status)
{
    for (const auto& tool : tools.all())
        std::fprintf(status == 0 ? stdout : stderr, "%-18.*s %.*s\n", static_cast<int>(tool.name.size()),
                     tool.name.data(), static_cast<int>(tool.text.size()), tool.text.data());
    return status;
}

}

int main(int argc, char** argv)
{
    const auto tools = Registry<utilities::Tool>::linked();
    std::vector<std::string> words(argv, argv + argc);
    std::string name = words.empty() ? "" : words.front().substr(words.front().rfind('/') + 1);
    std::size_t first = 1;
    if (name == "exitools" && words.size() > 1)
        name = words[first++];
    const auto* tool = tools.find(name);
    if (!tool)
        return list(tools, name == "exitools" || name == "--help" ? 0 : 64);
    words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(first));
    return tool->run({std::move(words), own_directory()});
}
