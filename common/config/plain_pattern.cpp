#include "common/config/plain_pattern.h"

namespace gp::config {

std::string_view language_needed(std::string_view pattern)
{
    if (pattern.starts_with('^'))
        return {};
    if (pattern.find('$') != pattern.npos)
        return "an expansion";
    const auto at = pattern.rfind('@');
    const auto domain = at == pattern.npos ? pattern : pattern.substr(at + 1);
    if (pattern.starts_with('+') || domain.starts_with('+') || pattern.starts_with('@') || pattern.find("@@") != pattern.npos)
        return "a named list or a word of the configuration";
    if (pattern.find(';') != pattern.npos)
        return "a look-up";
    return {};
}

}
