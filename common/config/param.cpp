#include "common/config/param.h"

#include <algorithm>

#include "common/base/result.h"
#include "common/config/list.h"
#include "common/config/listing.h"
#include "common/config/reader.h"

namespace gp::config {
namespace {

template <class T>
const T* value_of(const Setting& setting)
{
    return std::get_if<T>(&setting.value);
}

[[noreturn]] void wrong_type(const Setting& setting, std::string_view asked)
{
    panic("option " + std::string(setting.option->name) + " was asked for as " + std::string(asked) + " and is " +
          std::string(type_name(setting.option->type)));
}

}

std::string_view type_name(Type type)
{
    switch (type) {
    case Type::boolean: return "boolean";
    case Type::integer:
    case Type::size:
    case Type::space: return "integer";
    case Type::octal: return "octal integer";
    case Type::fixed_point: return "fixed-point";
    case Type::time: return "time";
    case Type::string:
    case Type::user:
    case Type::group: return "string";
    case Type::string_list:
    case Type::user_list:
    case Type::group_list: return "string list";
    case Type::domain_list: return "domain list";
    case Type::host_list: return "host list";
    case Type::address_list: return "address list";
    case Type::local_part_list: return "local part list";
    case Type::time_list: return "time list";
    case Type::rewrite_rules: return "rewriting rules";
    }
    return "string";
}

Table::Table(std::string title, std::vector<Option> options) : title_(std::move(title)), options_(std::move(options))
{
    std::ranges::sort(options_, {}, &Option::name);
    const auto twice = std::ranges::adjacent_find(options_, {}, &Option::name);
    if (twice != options_.end())
        panic("two rows of table " + title_ + " are named " + std::string(twice->name));
    const auto nobody_found = [](std::string_view) { return std::nullopt; };
    const Names nobody{nobody_found, nobody_found, {}};
    for (const auto& option : options_) {
        if (!option.initial) {
            initial_.emplace_back();
            continue;
        }
        auto value = parse_value(option, option.initial, nobody);
        if (!value)
            panic("the default of " + std::string(option.name) + " is good: " + value.error().text);
        initial_.push_back(std::move(value).take());
    }
}

const Option* Table::find(std::string_view name) const
{
    const auto at = std::ranges::lower_bound(options_, name, {}, &Option::name);
    return at != options_.end() && at->name == name ? &*at : nullptr;
}

Settings::Settings(const Table& table) : table_(&table)
{
    settings_.reserve(table.options().size());
    for (std::size_t i = 0; i < table.options().size(); ++i) {
        settings_.emplace_back();
        settings_.back().option = &table.options()[i];
        settings_.back().value = table.initial(i);
    }
}

const Setting* Settings::find(std::string_view name) const
{
    const Option* option = table_ ? table_->find(name) : nullptr;
    return option ? &settings_[table_->index(*option)] : nullptr;
}

const Setting& Settings::at(std::string_view name) const
{
    const Setting* setting = find(name);
    if (!setting)
        panic("there is an option " + std::string(name) + " in table " + (table_ ? table_->title() : "(none)"));
    return *setting;
}

Setting& Settings::at(std::string_view name)
{
    return const_cast<Setting&>(std::as_const(*this).at(name));
}

bool Settings::is_set(std::string_view name) const
{
    return !std::holds_alternative<std::monostate>(at(name).value);
}

bool Settings::flag(std::string_view name) const
{
    const Setting& setting = at(name);
    if (!is_set(name) && setting.option->type == Type::boolean)
        return false;
    const auto* value = value_of<bool>(setting);
    if (!value)
        wrong_type(setting, "a switch");
    return *value;
}

std::int64_t Settings::number(std::string_view name) const
{
    const Setting& setting = at(name);
    if (!is_set(name))
        return 0;
    const auto* value = value_of<std::int64_t>(setting);
    if (!value)
        wrong_type(setting, "a number");
    return *value;
}

Duration Settings::time(std::string_view name) const
{
    const Setting& setting = at(name);
    if (!is_set(name))
        return {};
    const auto* value = value_of<Duration>(setting);
    if (!value)
        wrong_type(setting, "a time");
    return *value;
}

const std::string& Settings::text(std::string_view name) const
{
    static const std::string nothing;
    const Setting& setting = at(name);
    if (!is_set(name))
        return nothing;
    const auto* value = value_of<std::string>(setting);
    if (!value)
        wrong_type(setting, "a text");
    return *value;
}

Expandable Settings::expandable(std::string_view name) const
{
    const Setting& setting = at(name);
    if (!is_set(name))
        return {{}, false, setting.origin};
    return {plain_value(*setting.option, setting.value), true, setting.origin};
}

std::vector<std::string> Settings::list(std::string_view name) const
{
    return split_list(text(name));
}

const Identity* Settings::identity(std::string_view name) const
{
    return value_of<Identity>(at(name));
}

std::span<const Identity> Settings::identities(std::string_view name) const
{
    if (const auto* value = value_of<std::vector<Identity>>(at(name)))
        return *value;
    return {};
}

std::span<const Duration> Settings::times(std::string_view name) const
{
    if (const auto* value = value_of<std::vector<Duration>>(at(name)))
        return *value;
    return {};
}

}
