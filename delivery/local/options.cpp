#include "delivery/local/options.h"

#include "common/base/amount.h"
#include "common/base/number.h"
#include "common/base/text.h"

namespace gp::local {
namespace {

Error bad(std::string_view name, const Error& why)
{
    return temporary("option " + std::string(name) + ": " + why.text);
}

}

const std::string* Options::find(std::string_view name) const
{
    for (const auto& option : options_)
        if (option.name == name)
            return &option.value;
    return nullptr;
}

std::string Options::text(std::string_view name, std::string_view initial) const
{
    const auto* value = find(name);
    return value ? *value : std::string(initial);
}

std::vector<std::string> Options::all(std::string_view name) const
{
    std::vector<std::string> values;
    for (const auto& option : options_)
        if (option.name == name)
            values.push_back(option.value);
    return values;
}

Result<bool> Options::flag(std::string_view name, bool initial) const
{
    const auto* value = find(name);
    if (!value)
        return initial;
    const auto text = trim(*value);
    if (same_nocase(text, "true") || same_nocase(text, "yes") || text == "1")
        return true;
    if (text.empty() || same_nocase(text, "false") || same_nocase(text, "no") || text == "0")
        return false;
    return temporary("option " + std::string(name) + ": \"" + escape(text) + "\" is neither true nor false");
}

Result<std::int64_t> Options::size(std::string_view name, std::int64_t initial) const
{
    const auto* value = find(name);
    if (!value || trim(*value).empty())
        return initial;
    auto number = parse_amount(trim(*value));
    return number ? number : bad(name, number.error());
}

Result<std::uint32_t> Options::mode(std::string_view name, std::uint32_t initial) const
{
    const auto* value = find(name);
    if (!value)
        return initial;
    auto number = parse_octal(trim(*value));
    if (!number)
        return bad(name, number.error());
    if (*number < 0 || *number > 07777)
        return temporary("option " + std::string(name) + ": mode out of range");
    return static_cast<std::uint32_t>(*number);
}

Result<Duration> Options::time(std::string_view name, Duration initial) const
{
    const auto* value = find(name);
    if (!value)
        return initial;
    auto wait = parse_duration(trim(*value));
    return wait ? wait : bad(name, wait.error());
}

}
