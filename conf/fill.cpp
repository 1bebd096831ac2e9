#include "conf/fill.h"

#include <chrono>

#include "common/base/number.h"
#include "common/config/list.h"

namespace gp::conf {
namespace {

std::int64_t in_seconds(Duration duration)
{
    return std::chrono::ceil<std::chrono::seconds>(duration).count();
}

std::optional<std::int64_t> parse_by_type(config::Type type, const std::string& text)
{
    if (type == config::Type::time) {
        const auto time = parse_duration(text);
        return time ? std::optional(in_seconds(*time)) : std::nullopt;
    }
    const auto number = parse_size(text);
    return number ? std::optional(*number) : std::nullopt;
}

}

std::optional<std::int64_t> number_of(const config::Settings& settings, std::string_view option)
{
    const auto* setting = settings.find(option);
    if (!setting)
        return {};
    if (const auto* number = std::get_if<std::int64_t>(&setting->value))
        return *number;
    if (const auto* time = std::get_if<Duration>(&setting->value))
        return in_seconds(*time);
    if (const auto text = text_of(settings, option))
        return parse_by_type(setting->option->type, *text);
    return {};
}

std::optional<std::string> text_of(const config::Settings& settings, std::string_view option)
{
    const auto* setting = settings.find(option);
    const auto* text = setting ? std::get_if<std::string>(&setting->value) : nullptr;
    if (!text)
        return {};
    const bool is_expanded = setting->option->use == config::Use::expanded;
    if (is_expanded && text->find_first_of("$\\") != std::string::npos)
        return {};
    return *text;
}

void Fill::flag(std::string_view name, bool& member)
{
    if (const auto* setting = settings_.find(name)) {
        if (const auto* value = std::get_if<bool>(&setting->value))
            member = *value;
        return;
    }
    if (name.ends_with("_is_set") && settings_.find(name.substr(0, name.size() - 7)))
        member = settings_.is_set(name.substr(0, name.size() - 7));
    else if (name.starts_with("log_") && LogSelector::knows(name.substr(4)))
        member = selector_.has(name.substr(4));
}

void Fill::text(std::string_view name, std::string& member)
{
    if (auto value = text_of(settings_, name))
        member = std::move(*value);
}

void Fill::texts(std::string_view name, std::vector<std::string>& member)
{
    if (const auto value = text_of(settings_, name))
        member = config::split_list(*value);
}

void Fill::numbers(std::string_view name, std::vector<std::uint32_t>& member)
{
    const auto* setting = settings_.find(name);
    if (!setting)
        return;
    if (const auto* times = std::get_if<std::vector<Duration>>(&setting->value)) {
        member.clear();
        for (auto time : *times)
            member.push_back(static_cast<std::uint32_t>(in_seconds(time)));
    } else if (const auto* identities = std::get_if<std::vector<config::Identity>>(&setting->value)) {
        member.clear();
        for (const auto& identity : *identities)
            member.push_back(identity.id);
    }
}

}
