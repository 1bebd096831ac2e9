#include "common/smtp/path.h"

#include <algorithm>

#include "common/base/text.h"

namespace gp::smtp {
namespace {

// Where the path itself ends: behind the > that closes it, quotes minded; without brackets, behind the
// first word. Parameters are looked for behind it only, so that no part of an address becomes one.
std::size_t end_of_path(std::string_view text)
{
    bool quoted = false;
    bool open = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\\')
            ++i;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && c == '<')
            open = true;
        else if (!quoted && c == '>' && open) {
            while (i + 1 < text.size() && text[i + 1] == '>')
                ++i;
            return i + 1;
        } else if (!quoted && !open && c == ' ' && text.find('<', i) == std::string_view::npos)
            return i;
    }
    return text.size();
}

Parameter parameter_of(std::string_view word)
{
    const auto equals = word.find('=');
    if (equals == std::string_view::npos)
        return {word, {}, false};
    return {word.substr(0, equals), word.substr(equals + 1), true};
}

}

PathArgument split_path(std::string_view argument, const std::function<bool(const Parameter&)>& knows)
{
    PathArgument out;
    const auto least = end_of_path(argument);
    auto end = trim_right(argument).size();
    while (end > least && out.parameters.size() < max_parameters) {
        const auto blank = argument.substr(0, end).find_last_of(" \t");
        if (blank == std::string_view::npos || blank < least)
            break;
        const auto parameter = parameter_of(argument.substr(blank + 1, end - blank - 1));
        if (!knows(parameter))
            break;
        out.parameters.push_back(parameter);
        end = trim_right(argument.substr(0, blank)).size();
    }
    std::ranges::reverse(out.parameters);
    out.path = argument.substr(0, end);
    return out;
}

std::string format_path(std::string_view address)
{
    return "<" + std::string(address) + ">";
}

}
