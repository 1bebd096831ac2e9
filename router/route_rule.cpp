#include "router/route_rule.h"

#include "common/base/text.h"
#include "common/config/list.h"
#include "common/config/value.h"

namespace gp::router {
namespace {

// The next word: quoted text with its escapes, or everything up to a blank. Braces of an expansion keep
// blanks inside together.
Result<std::string> take_word(std::string_view& rest)
{
    rest = trim_left(rest);
    if (rest.starts_with('"')) {
        std::size_t end = 1;
        while (end < rest.size() && rest[end] != '"')
            end += rest[end] == '\\' ? 2 : 1;
        if (end >= rest.size())
            return misconfigured("missing closing quote in \"" + escape(rest) + "\"");
        auto word = TRY(config::parse_string(rest.substr(0, end + 1)));
        rest.remove_prefix(end + 1);
        return word;
    }
    if (rest.starts_with('\'')) {
        const auto end = rest.find('\'', 1);
        if (end == std::string_view::npos)
            return misconfigured("missing closing quote in \"" + escape(rest) + "\"");
        auto word = std::string(rest.substr(1, end - 1));
        rest.remove_prefix(end + 1);
        return word;
    }
    std::size_t end = 0;
    for (int depth = 0; end < rest.size() && (depth > 0 || !is_space(rest[end])); ++end) {
        depth += rest[end] == '{';
        depth -= rest[end] == '}';
    }
    auto word = std::string(rest.substr(0, end));
    rest.remove_prefix(end);
    return word;
}

Status parse_options(const Ground& ground, std::string_view rest, RouteOptions& options)
{
    for (rest = trim(rest); !rest.empty(); rest = trim(rest)) {
        const auto from_here = rest;
        const auto word = TRY(take_word(rest));
        if (word == "randomize")
            options.randomize = true;
        else if (word == "no_randomize")
            options.randomize = false;
        else if (word == "byname")
            options.lookup = RouteOptions::Lookup::by_name;
        else if (word == "bydns" || word == "bydns_a" || word == "bydns_mx")
            options.lookup = RouteOptions::Lookup::by_dns;
        else if (word == "ipv4_only")
            options.v4_only = true;
        else if (word == "ipv4_prefer")
            options.v4_first = true; // in direct look-ups
        else if (ground.configuration.transport(word))
            options.transport = word;
        else
            return misconfigured("unknown routing option or transport name \"" + escape(from_here) + "\"");
    }
    return {};
}

}

Result<std::vector<RouteRule>> parse_route_list(const Ground& ground, std::string_view text)
{
    std::vector<RouteRule> rules;
    for (const auto& item : config::split_list(text, ';')) {
        std::string_view rest = item;
        RouteRule rule;
        const auto pattern = TRY(take_word(rest));
        rule.domains = TRY(expand::ListText::parse(ground.language, match::Kind::domain, pattern));
        rule.hosts = TRY(take_word(rest));
        TRY(parse_options(ground, rest, rule.options));
        rules.push_back(std::move(rule));
    }
    return rules;
}

Result<RouteData> parse_route_data(const Ground& ground, std::string_view text)
{
    RouteData data;
    data.hosts = TRY(take_word(text));
    TRY(parse_options(ground, text, data.options));
    return data;
}

Result<std::vector<RouteHost>> parse_route_hosts(std::string_view text)
{
    std::vector<RouteHost> hosts;
    bool new_group = false;
    for (std::string_view item : config::split_list(text)) {
        if (item == "+") {
            new_group = true;
            continue;
        }
        RouteHost host{.new_group = new_group};
        new_group = false;
        if (ends_nocase(item, "/mx")) {
            host.by_mx = true;
            item.remove_suffix(3);
        }
        // "[2001:db8::1]:25", "name:25" (the list had it doubled), "192.0.2.1:25"; a bare IPv6 address has
        // colons of its own.
        if (auto socket = net::SocketAddress::parse(item); socket && !socket->is_unix()) {
            host.name = socket->address().text();
            host.port = socket->port();
        } else {
            // What is no port belongs to the name, which nobody will find: host_find_failed says what that means.
            const auto colon = item.rfind(':');
            const auto port = colon == std::string_view::npos ? Result<std::uint16_t>(permanent("")) : net::parse_port(item.substr(colon + 1));
            host.name = port ? item.substr(0, colon) : item;
            host.port = port ? *port : std::uint16_t{0};
        }
        if (host.name.empty())
            return misconfigured("a host name is missing in \"" + escape(text) + "\"");
        hosts.push_back(std::move(host));
    }
    return hosts;
}

}
