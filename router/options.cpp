#include "common/config/list.h"
#include "router/driver.h"

namespace gp::router {
namespace {

Error bad_option(const conf::Driver& instance, std::string_view option, const std::string& reason)
{
    return misconfigured(instance.settings.origin(option).text() + ": option " + std::string(option) + " of " +
                         instance.name + ": " + reason);
}

}

Result<std::optional<expand::Expression>> expression_of(const Ground& ground, const conf::Driver& instance,
                                                        std::string_view option)
{
    if (!instance.settings.find(option) || !instance.settings.is_set(option))
        return std::optional<expand::Expression>{};
    auto parsed = ground.language.parse(instance.settings.expandable(option).text);
    if (!parsed)
        return bad_option(instance, option, parsed.error().text);
    return std::optional<expand::Expression>{std::move(parsed).take()};
}

Result<std::vector<expand::Expression>> items_of(const Ground& ground, const conf::Driver& instance,
                                                 std::string_view option, char separator)
{
    std::vector<expand::Expression> items;
    if (!instance.settings.find(option) || !instance.settings.is_set(option))
        return items;
    for (const auto& item : config::split_list(instance.settings.expandable(option).text, separator)) {
        auto parsed = ground.language.parse(item);
        if (!parsed)
            return bad_option(instance, option, parsed.error().text);
        items.push_back(std::move(parsed).take());
    }
    return items;
}

Result<expand::ListText> list_of(const Ground& ground, const conf::Driver& instance, std::string_view option,
                                 match::Kind kind)
{
    if (!instance.settings.find(option) || !instance.settings.is_set(option))
        return expand::ListText{};
    auto parsed = expand::ListText::parse(ground.language, kind, instance.settings.expandable(option).text);
    if (!parsed)
        return bad_option(instance, option, parsed.error().text);
    parsed->prepare(ground.world.lists);
    return parsed;
}

}
