#include "router/lasting.h"

#include <array>

#include "common/base/text.h"
#include "common/config/list.h"
#include "router/route_rule.h"

namespace gp::router {
namespace {

constexpr unsigned deepest_list = 10; // named lists in named lists

// Options whose plain text is all there is to them. Any other one that is written makes an answer short-lived.
// Options of an smtp transport that look something up, or at the message.
constexpr std::array<std::string_view, 3> changing_transport_options = {"hosts", "fallback_hosts", "headers_rewrite"};

constexpr std::array<std::string_view, 31> plain_router_options = {
    "address_data",        "address_test",
    "caseful_local_part",  "cannot_route_message",
    "condition",           "disable_logging",
    "driver",              "dsn_lasthop",
    "errors_to",           "expn",
    "fail_verify",         "fail_verify_recipient",
    "fail_verify_sender",  "headers_add",
    "headers_remove",      "host_all_ignored",
    "host_find_failed",    "local_part_prefix",
    "local_part_prefix_optional", "local_part_suffix",
    "local_part_suffix_optional", "log_as_local",
    "more",                "pass_router",
    "retry_use_local_part", "self",
    "transport",           "unseen",
    "verify",              "verify_only",
    "verify_recipient",
};

bool contains(const auto& names, std::string_view name)
{
    return std::ranges::find(names, name) != names.end();
}

config::ListKind list_kind(match::Kind kind)
{
    switch (kind) {
    case match::Kind::domain: return config::ListKind::domain;
    case match::Kind::host: return config::ListKind::host;
    case match::Kind::address: return config::ListKind::address;
    default: return config::ListKind::local_part;
    }
}

// What the list options of a router are lists of.
std::optional<match::Kind> kind_of(std::string_view option)
{
    if (option == "domains")
        return match::Kind::domain;
    if (option == "local_parts")
        return match::Kind::local_part;
    if (option == "senders")
        return match::Kind::address;
    return std::nullopt;
}

// A host that no name service is asked for.
bool is_fixed(const RouteHost& host)
{
    return !host.by_mx && net::Address::parse(host.name);
}

bool is_plain(const conf::Driver& driver, const config::Setting& setting)
{
    return driver.settings.expandable(setting.option->name).is_constant();
}

}

// "!", "+name", "name", "*.name", "^expression", addresses and networks; no look-up, no file, no "@mx_any".
bool Lasting::is_list(match::Kind kind, std::string_view text, unsigned depth) const
{
    if (depth > deepest_list || text.find_first_of("$\\;") != std::string_view::npos)
        return false;
    for (const auto& written : config::split_list(text)) {
        auto item = trim(std::string_view(written));
        while (item.starts_with('!'))
            item = trim(item.substr(1));
        if (item.empty() || item.starts_with('/') || (item.starts_with('@') && item != "@"))
            return false;
        if (!item.starts_with('+'))
            continue;
        const auto* named = ground_.configuration.list(list_kind(kind), item.substr(1));
        if (!named || !is_list(kind, named->value, depth + 1))
            return false;
    }
    return true;
}

bool Lasting::is_route_list(std::string_view text) const
{
    const auto rules = parse_route_list(ground_, text);
    if (!rules)
        return false;
    for (const auto& rule : *rules) {
        const auto hosts = parse_route_hosts(rule.hosts);
        if (rule.options.randomize.value_or(false) || rule.hosts.find_first_of("$\\") != std::string::npos || !hosts ||
            !std::ranges::all_of(*hosts, is_fixed) || !is_list(match::Kind::domain, rule.domains.source()))
            return false;
    }
    return true;
}

bool Lasting::are_lists(const conf::Driver& router) const
{
    for (const auto option : {"domains", "local_parts"}) {
        const auto* setting = router.settings.find(option);
        if (setting && setting->is_written && !is_list(*kind_of(option), router.settings.expandable(option).text))
            return false;
    }
    return true;
}

bool Lasting::is_router(const conf::Driver& router) const
{
    if (router.driver != "accept" && router.driver != "manualroute")
        return false;
    for (const auto& setting : router.settings.all()) {
        const auto name = setting.option->name;
        if (!setting.is_written)
            continue;
        const auto kind = kind_of(name);
        const bool lasts = kind ? is_list(*kind, router.settings.expandable(name).text)
                           : name == "route_list" ? is_route_list(router.settings.text(name))
                                                  : contains(plain_router_options, name) && is_plain(router, setting);
        if (!lasts)
            return false;
    }
    return true;
}

bool Lasting::is_transport(const conf::Driver& transport) const
{
    return transport.driver == "smtp" && std::ranges::all_of(transport.settings.all(), [&](const auto& setting) {
               return !setting.is_written || setting.option->name == "event_action" || (!contains(changing_transport_options, setting.option->name) && is_plain(transport, setting));
           });
}

}
