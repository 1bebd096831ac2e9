#include "conf/kept_environment.h"

#include <unistd.h>

#include "common/base/text.h"
#include "common/config/list.h"
#include "common/log/log.h"
#include "common/lookup/regex.h"

namespace gp::conf {
namespace {

// "NAME", "*END", "^EXPRESSION"
bool fits(std::string_view pattern, std::string_view name)
{
    if (!pattern.starts_with('^'))
        return pattern == name || (pattern.starts_with('*') && name.ends_with(pattern.substr(1)));
    const auto expression = lookup::Regex::compile(pattern);
    const auto matches = expression ? expression->matches(name) : Result<bool>{expression.error()};
    if (!matches)
        log::alarm("keep_environment: " + matches.error().text);
    return matches && *matches;
}

// The first item that fits decides; behind a last one with "!" everything else is in (manual 10.4).
bool is_kept(const std::vector<std::string>& patterns, std::string_view name)
{
    bool is_negated = false;
    for (std::string_view pattern : patterns) {
        is_negated = pattern.starts_with('!');
        if (is_negated)
            pattern = trim_left(pattern.substr(1));
        if (fits(pattern, name))
            return !is_negated;
    }
    return is_negated;
}

}

std::vector<std::string> kept_environment(const Process& process)
{
    std::vector<std::string> out;
    const auto kept = config::split_list(process.keep_environment);
    for (char** at = environ; *at; ++at) {
        const std::string_view entry = *at;
        if (is_kept(kept, entry.substr(0, entry.find('='))))
            out.emplace_back(entry);
    }
    out.insert(out.end(), process.add_environment.begin(), process.add_environment.end());
    return out;
}

}
