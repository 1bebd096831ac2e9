#include "common/config/plain_pattern.h"

#include <algorithm>

#include "common/base/text.h"

namespace gp::config {
namespace {

// "$" outside of \N…\N.
bool has_open_dollar(std::string_view text)
{
    bool is_protected = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size())
            is_protected = is_protected != (text[++i] == 'N');
        else if (text[i] == '$' && !is_protected)
            return true;
    }
    return false;
}

}

std::string_view language_needed(std::string_view pattern)
{
    if (pattern.starts_with('^'))
        return has_open_dollar(pattern) ? "an expansion" : "";
    if (pattern.find('$') != pattern.npos)
        return "an expansion";
    if (pattern.starts_with('/'))
        return "a file";
    const auto at = pattern.rfind('@');
    const auto domain = at == pattern.npos ? pattern : pattern.substr(at + 1);
    if (pattern.starts_with('+') || domain.starts_with('+') || pattern.starts_with('@') || pattern.find("@@") != pattern.npos)
        return "a named list or a word of the configuration";
    if (pattern.find(';') != pattern.npos)
        return "a look-up";
    if (domain.find_first_of("^\\") != domain.npos)
        return "a regular expression for a domain";
    return {};
}

bool is_for_router(std::string_view pattern)
{
    pattern = trim(pattern);
    while (pattern.starts_with('!'))
        pattern = trim_left(pattern.substr(1));
    return !language_needed(pattern).empty();
}

bool are_for_router(std::string_view senders)
{
    if (trim_left(senders).starts_with('<')) // another separator
        return true;
    return std::ranges::any_of(split(senders, ':'), [](std::string_view item) { return is_for_router(item); });
}

}
