#include "master/sendmail/kept_environment.h"

#include <unistd.h>

#include "common/config/list.h"

namespace gp::sendmail {
namespace {

bool fits(std::string_view pattern, std::string_view name)
{
    return pattern == name || pattern == "*" || (pattern.starts_with('*') && name.ends_with(pattern.substr(1)));
}

}

std::vector<std::string> kept_environment(const conf::Process& process)
{
    std::vector<std::string> out;
    const auto kept = config::split_list(process.keep_environment);
    for (char** at = environ; *at; ++at) {
        const std::string_view entry = *at;
        const auto name = entry.substr(0, entry.find('='));
        if (std::ranges::any_of(kept, [&](std::string_view pattern) { return fits(pattern, name); }))
            out.emplace_back(entry);
    }
    out.insert(out.end(), process.add_environment.begin(), process.add_environment.end());
    return out;
}

}
