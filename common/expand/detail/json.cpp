#include "common/expand/detail/json.h"

#include "common/base/text.h"

namespace gp::expand {
namespace {

// The length of the value at the front, up to a comma, colon or closing bracket that is not inside of it.
std::size_t value_size(std::string_view text)
{
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\')
                ++i;
            else if (c == '"')
                in_string = false;
            continue;
        }
        if (c == '"')
            in_string = true;
        else if (c == '[' || c == '{')
            ++depth;
        else if (c == ']' || c == '}') {
            if (depth == 0)
                return i;
            --depth;
        } else if ((c == ',' || c == ':') && depth == 0)
            return i;
    }
    return text.size();
}

std::string missing(std::string_view what, std::string_view wrapped, std::string_view word)
{
    return "missing '" + std::string(what) + "' wrapping " + std::string(wrapped) + " for " + std::string(word);
}

}

Result<std::vector<std::string_view>> json_elements(std::string_view array, std::string_view word)
{
    array = trim(array);
    if (!array.starts_with('['))
        return misconfigured(missing("[", "array", word));
    array.remove_prefix(1);
    std::vector<std::string_view> out;
    while (true) {
        const auto size = value_size(array);
        const auto element = trim(array.substr(0, size));
        array.remove_prefix(size);
        const bool is_last = !array.starts_with(',') && !array.starts_with(':');
        if (!is_last || !out.empty() || !element.empty())
            out.push_back(element);
        if (is_last)
            break;
        array.remove_prefix(1);
    }
    if (!array.starts_with(']'))
        return misconfigured(missing("]", "array", word));
    return out;
}

Result<std::optional<std::string_view>> json_member(std::string_view object, std::string_view key,
                                                    std::string_view word)
{
    object = trim(object);
    if (!object.starts_with('{'))
        return misconfigured(missing("{", "object", word));
    object.remove_prefix(1);
    std::optional<std::string_view> found;
    while (!trim_left(object).empty() && !trim_left(object).starts_with('}')) {
        auto size = value_size(object);
        const auto name = trim(object.substr(0, size));
        object.remove_prefix(size);
        if (!object.starts_with(':'))
            return misconfigured("missing object value-separator for " + std::string(word));
        object.remove_prefix(1);
        size = value_size(object);
        const auto value = trim(object.substr(0, size));
        object.remove_prefix(size);
        if (!found && name.size() == key.size() + 2 && name.starts_with('"') && name.substr(1, key.size()) == key)
            found = value;
        if (!object.starts_with(','))
            break;
        object.remove_prefix(1);
    }
    if (!trim_left(object).starts_with('}'))
        return misconfigured(missing("}", "object", word));
    return found;
}

Result<std::string_view> json_unquoted(std::string_view value, std::string_view word)
{
    if (value.size() < 2 || !value.starts_with('"') || !value.ends_with('"'))
        return misconfigured(missing("\"", "string result", word));
    return value.substr(1, value.size() - 2);
}

}
