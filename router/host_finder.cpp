#include "router/host_finder.h"

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/host_words.h"
#include "router/self_host.h"

namespace gp::router {
namespace {

Host host_of(const dns::MailHost& found, std::uint16_t port)
{
    Host host{.name = found.name, .port = port ? port : found.port, .mx = found.preference, .dnssec = found.secure,
              .is_named_surely = found.named_securely, .certificate_name = found.certificate_name};
    for (const auto& address : found.addresses)
        host.addresses.push_back(address.text());
    return host;
}

bool is_test_localhost(const Ground& ground, std::string_view name)
{
    return ground.parameters.test_habits && same_nocase(name, "localhost");
}

// In the log, of the message that is routed or of the session that asks. Nothing is told of a test.
void tell_missing(const expand::Scene& scene, const std::string& name)
{
    const auto told = "no IP address found for host " + escape(name);
    if (scene.message && !scene.message->id.empty())
        log::main(std::string(scene.message->id) + " " + told);
    else if (scene.origin && !scene.origin->host_address.empty())
        log::main(told + " (during SMTP connection from " + mail::host_words(*scene.origin) + ")");
}

}

std::vector<RouteHost> shuffled(std::vector<RouteHost> hosts, const dns::RandomSource& random)
{
    for (std::size_t begin = 0; begin < hosts.size();) {
        std::size_t end = begin + 1;
        while (end < hosts.size() && !hosts[end].new_group)
            ++end;
        for (std::size_t left = end - begin; left > 1; --left)
            std::swap(hosts[begin + left - 1], hosts[begin + random(static_cast<std::uint32_t>(left))]);
        begin = end;
    }
    return hosts;
}

Result<bool> is_treated_as_local(const Ground& ground, expand::Scene& scene, std::string_view name)
{
    if (ground.treated_as_local.empty())
        return false;
    return static_cast<bool>(TRY(ground.treated_as_local.domain(scene, name, true)));
}

Result<HostFound> HostFinder::finish(Host host, const HostSearch& search, std::vector<Host>& hosts) const
{
    if (search.ignored) {
        std::vector<Host> one = {host};
        if (TRY(ignore_targets(*search.ignored, scene_, one)))
            return HostFound::no;
        host = one[0];
    }
    const bool self = TRY(is_treated_as_local(ground_, scene_, host.name)) || is_this_machine(ground_, host);
    if (!self || !search.stop_at_self)
        hosts.push_back(std::move(host));
    else if (hosts.empty())
        hosts.push_back(std::move(host)); // the first one: `self` decides, and may send to it
    return self ? HostFound::self : HostFound::yes;
}

Result<HostFound> HostFinder::add_by_mx(const RouteHost& wanted, const HostSearch& search, std::vector<Host>& hosts) const
{
    std::optional<Error> failed;
    dns::MailHostsQuery query{.domain = wanted.name};
    query.families = search.options.v4_only ? dns::Families::v4_only : dns::Families::both;
    query.prefer_v6 = !search.options.v4_first;
    query.dnssec_require = search.dnssec_require;
    query.allow_mx_to_ip = ground_.configuration.main.resolver.allow_mx_to_ip;
    query.is_self = [&](std::string_view name, const net::Address& address) {
        auto named = is_treated_as_local(ground_, scene_, name);
        if (!named)
            failed = named.error();
        return (named && *named) || ground_.is_own_address(address);
    };
    query.is_ignored = [&](const net::Address& address) {
        if (!search.ignored || search.ignored->empty())
            return false;
        auto match = search.ignored->ip(scene_, address.text());
        if (!match)
            failed = match.error();
        return match && *match;
    };
    const auto found = dns::mail_hosts(ground_.resolver, query, ground_.random, ground_.dns_deadline());
    if (failed)
        return *failed;
    if (!found)
        return HostFound::not_now;
    if (found->kind == dns::MailHosts::Kind::insecure)
        return HostFound::insecure;
    const auto& list = found->self_is_best ? found->hosts_with_self : found->hosts;
    if (found->self_is_best && !hosts.empty())
        return HostFound::self;
    for (const auto& host : list)
        hosts.push_back(host_of(host, wanted.port));
    if (found->self_is_best)
        return HostFound::self;
    return found->hosts.empty() ? HostFound::no : HostFound::yes;
}

Result<HostFound> HostFinder::look_up(const RouteHost& wanted, const HostSearch& search, Host& host) const
{
    const auto& options = search.options;
    if (is_test_localhost(ground_, wanted.name)) {
        host.addresses = {"127.0.0.1"};
        if (!options.v4_only)
            host.addresses.insert(options.v4_first ? host.addresses.end() : host.addresses.begin(), "::1");
        return HostFound::yes;
    }
    auto from_file = [&] {
        for (const auto& address : ground_.hosts_file.find(wanted.name))
            if (!options.v4_only || address.is_v4())
                host.addresses.push_back(address.text());
        if (host.addresses.empty() && same_nocase(wanted.name, "localhost"))
            host.addresses = {"127.0.0.1"}; // RFC 6761 section 6.3: without a line of its own, too
        return !host.addresses.empty();
    };
    if (options.lookup == RouteOptions::Lookup::by_name && from_file())
        return HostFound::yes;
    const auto families = options.v4_only ? dns::Families::v4_only : dns::Families::both;
    auto found = dns::lookup_host(ground_.resolver, wanted.name, ground_.dns_deadline(), families, !options.v4_first);
    if (found && found->addresses.empty() && wanted.name.find('.') == std::string::npos && search.dns.qualify_single &&
        !ground_.parameters.dns_search.empty())
        found = dns::lookup_host(ground_.resolver, wanted.name + "." + ground_.parameters.dns_search[0],
                                 ground_.dns_deadline(), families, !options.v4_first);
    if (!found)
        return options.lookup == RouteOptions::Lookup::any && from_file() ? HostFound::yes : HostFound::not_now;
    if (found->addresses.empty())
        return options.lookup == RouteOptions::Lookup::any && from_file() ? HostFound::yes : HostFound::no;
    if (search.dnssec_require && !found->secure)
        return HostFound::insecure;
    for (const auto& address : found->addresses)
        host.addresses.push_back(address.text());
    host.name = found->canonical.empty() ? wanted.name : found->canonical;
    if (!found->secure && !same_nocase(host.name, found->owner))
        host.certificate_name = found->owner;
    host.dnssec = found->secure;
    return HostFound::yes;
}

Result<HostFound> HostFinder::add(const RouteHost& wanted, const HostSearch& search, std::vector<Host>& hosts) const
{
    if (wanted.by_mx)
        return add_by_mx(wanted, search, hosts);
    Host host{.name = wanted.name, .port = wanted.port};
    if (const auto literal = net::Address::parse(wanted.name)) {
        host.addresses = {literal->text()};
        return finish(std::move(host), search, hosts);
    }
    const auto found = TRY(look_up(wanted, search, host));
    if (found == HostFound::no && search.options.lookup != RouteOptions::Lookup::by_dns && ground_.parameters.log_host_lookup_failed)
        tell_missing(scene_, wanted.name);
    if (found != HostFound::yes)
        return found;
    return finish(std::move(host), search, hosts);
}

Result<std::vector<Host>> HostFinder::all(std::string_view list, const HostSearch& search, bool keep_groups) const
{
    std::vector<Host> hosts;
    for (const auto& wanted : TRY(parse_route_hosts(list))) {
        if (wanted.new_group && keep_groups)
            hosts.push_back({.name = "+"}); // remote shuffles within groups
        const auto found = TRY(add(wanted, search, hosts));
        if (found != HostFound::yes && found != HostFound::self)
            hosts.push_back({.name = wanted.name, .port = wanted.port});
    }
    return hosts;
}

}
