#include "master/sendmail/master_call.h"

#include <unistd.h>

#include <climits>

namespace gp::sendmail {

Result<std::string> master_program()
{
    char path[PATH_MAX];
    const auto length = ::readlink("/proc/self/exe", path, sizeof path);
    if (length <= 0 || static_cast<std::size_t>(length) == sizeof path)
        return temporary("cannot tell where this program is");
    const std::string_view self(path, static_cast<std::size_t>(length));
    const auto bin = self.substr(0, self.rfind('/'));
    return std::string(bin.substr(0, bin.rfind('/'))) + "/libexec/gatepost/master";
}

Result<std::vector<std::string>> master_call(const Options& options, const Instance& instance)
{
    std::vector<std::string> words = {TRY(master_program()), "--config", instance.config};
    for (const auto& definition : options.definitions) {
        words.emplace_back("--define");
        words.push_back(definition);
    }
    return words;
}

Error become_master(std::vector<std::string> words)
{
    // Where the real user is another one than the effective, the suite is the effective one's.
    if (::getuid() != ::geteuid() && ::setresuid(::geteuid(), ::geteuid(), ::geteuid()) != 0)
        return system_error("setresuid");
    std::vector<char*> arguments;
    for (auto& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    return system_error("start " + words[0]);
}

}
