#include "common/config/listing.h"

#include "common/base/text.h"
#include "common/config/list.h"
#include "common/config/value.h"

namespace gp::config {
namespace {

std::string number_text(Type type, std::int64_t number)
{
    constexpr std::int64_t kilo = 1024;
    switch (type) {
    case Type::octal: return show_octal(number);
    case Type::fixed_point: return show_fixed_point(number);
    case Type::size: return show_number(number);
    case Type::space:
        for (const auto& [letter, unit] : {std::pair{'T', kilo * kilo * kilo * kilo}, std::pair{'G', kilo * kilo * kilo}})
            if (number != 0 && number % unit == 0)
                return std::to_string(number / unit) + letter;
        return show_number(number);
    default: return std::to_string(number);
    }
}

// Exim leaves no space after the "=" of these when they are unset.
bool shows_bare_equals(Type type)
{
    return type == Type::user_list || type == Type::group_list || type == Type::fixed_point;
}

struct Show {
    const Option& option;

    std::string operator()(std::monostate) const { return {}; }
    std::string operator()(bool value) const { return value ? "true" : "false"; }
    std::string operator()(std::int64_t number) const { return number_text(option.type, number); }
    std::string operator()(Duration duration) const { return show_time(duration); }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(const Identity& identity) const { return identity.name; }
    std::string operator()(const std::vector<Identity>& identities) const
    {
        std::vector<std::string> names;
        for (const auto& identity : identities)
            names.push_back(identity.name);
        return join(names, ":");
    }
    std::string operator()(const std::vector<Duration>& durations) const
    {
        std::vector<std::string> times;
        for (const auto& duration : durations)
            times.push_back(show_time(duration));
        return join(times, ":");
    }
};

}

std::string plain_value(const Option& option, const Value& value)
{
    return std::visit(Show{option}, value);
}

std::string show_line(const Setting& setting)
{
    return setting.is_hidden ? std::string(setting.option->name) + " = <value not displayable>" : write_setting(setting);
}

std::string show_setting(const Setting& setting, const ListingStyle& style)
{
    const std::string name(setting.option->name);
    if (setting.is_hidden && !style.shows_hidden)
        return (style.names_only ? "" : name + " = ") + "<value not displayable>";
    if (const auto* flag = std::get_if<bool>(&setting.value))
        return *flag ? name : "no_" + name;
    if (setting.option->type == Type::boolean && std::holds_alternative<std::monostate>(setting.value))
        return "no_" + name;
    const std::string value = escape(plain_value(*setting.option, setting.value));
    if (style.names_only)
        return value;
    return name + (value.empty() && shows_bare_equals(setting.option->type) ? " =" : " = " + value);
}

std::string show_settings(const Settings& settings, const ListingStyle& style)
{
    std::string out;
    for (const bool is_own : {false, true})
        for (const auto& setting : settings.all())
            if (setting.option->is_own == is_own && !setting.option->is_alias)
                out += show_setting(setting, style) + "\n";
    return out;
}

std::string write_setting(const Setting& setting)
{
    const std::string prefix = setting.is_hidden ? "hide " : "";
    const std::string name(setting.option->name);
    if (const auto* flag = std::get_if<bool>(&setting.value))
        return prefix + (*flag ? name : "no_" + name);
    const std::string value = plain_value(*setting.option, setting.value);
    if (std::holds_alternative<std::string>(setting.value))
        return prefix + name + " = " + show_string(value);
    if (std::holds_alternative<std::monostate>(setting.value))
        return prefix + "# " + name + " is not set";
    return prefix + name + " = " + value;
}

}
