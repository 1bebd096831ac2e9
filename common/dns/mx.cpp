#include "common/dns/mx.h"

#include "common/base/random.h"
#include "common/base/text.h"

#include <algorithm>

namespace gp::dns {
namespace {

using Kind = MailHosts::Kind;

// A host as a record names it, with its place in the order.
struct Candidate {
    std::string name;
    std::int32_t preference = -1;
    std::uint16_t port = 0;
    std::uint32_t order = 0; // among equals
    bool secure = false;
};

struct Candidates {
    enum class State { found, none, no_such_domain, null };
    State state = State::none;
    std::vector<Candidate> hosts;
    bool secure = false;
    std::uint32_t ttl = 0;
    std::string owner;
};

void sort(std::vector<Candidate>& hosts)
{
    std::ranges::stable_sort(hosts, [](const Candidate& a, const Candidate& b) {
        return std::pair{a.preference, a.order} < std::pair{b.preference, b.order};
    });
    // A host that is listed twice counts where it stands best.
    std::vector<std::string_view> seen;
    std::erase_if(hosts, [&](const Candidate& host) {
        if (std::ranges::find(seen, host.name) != seen.end())
            return true;
        seen.push_back(host.name);
        return false;
    });
}

Candidates from_mx(const Answer& answer, const RandomSource& random)
{
    Candidates out;
    out.secure = answer.secure;
    out.ttl = answer.ttl;
    out.owner = answer.owner();
    if (!answer.found()) {
        out.state = answer.kind == Answer::Kind::no_such_name ? Candidates::State::no_such_domain : Candidates::State::none;
        return out;
    }
    const auto records = answer.all<MailExchanger>();
    for (const auto& mx : records)
        if (!mx.host.empty())
            out.hosts.push_back({mx.host, mx.preference, 0, random(500), answer.secure});
    // RFC 7505 section 3: "." stands alone; beside others it is a mistake and left out.
    out.state = out.hosts.empty() ? Candidates::State::null : Candidates::State::found;
    sort(out.hosts);
    return out;
}

// RFC 2782: of one priority, by lot, in proportion to the weight.
void draw_by_weight(std::vector<Service>& services, const RandomSource& random)
{
    std::ranges::stable_sort(services, {}, [](const Service& one) { return std::pair{one.priority, one.weight != 0}; });
    for (auto first = services.begin(); first != services.end(); ++first) {
        std::uint32_t total = 0;
        auto end = first;
        for (; end != services.end() && end->priority == first->priority; ++end)
            total += end->weight;
        std::uint32_t lot = random(total + 1);
        auto chosen = first;
        while (chosen->weight < lot) {
            lot -= chosen->weight;
            ++chosen;
        }
        std::rotate(first, chosen, chosen + 1);
    }
}

Candidates from_srv(const Answer& answer, const RandomSource& random)
{
    Candidates out;
    out.secure = answer.secure;
    out.ttl = answer.ttl;
    auto services = answer.all<Service>();
    if (services.empty())
        return out;
    draw_by_weight(services, random);
    std::uint32_t order = 0;
    for (const auto& service : services)
        if (!service.host.empty())
            out.hosts.push_back({service.host, service.priority, service.port, order++, answer.secure});
    out.state = out.hosts.empty() ? Candidates::State::null : Candidates::State::found;
    sort(out.hosts);
    return out;
}

// SRV, MX, or the domain itself: whichever there is first.
Result<Candidates> candidates(Resolver& resolver, const MailHostsQuery& query, const RandomSource& random,
                              event::Deadline until)
{
    if (!query.srv_service.empty()) {
        auto answer = resolver.lookup("_" + query.srv_service + "._tcp." + query.domain, Type::srv, until);
        if (!answer && !query.srv_fail_is_no_srv)
            return std::move(answer).error();
        if (answer)
            if (auto found = from_srv(*answer, random); found.state != Candidates::State::none)
                return found;
    }
    auto answer = resolver.lookup(query.domain, Type::mx, until);
    if (!answer && !query.mx_fail_is_no_mx)
        return std::move(answer).error();
    if (!answer)
        return Candidates{};
    return from_mx(*answer, random);
}

void order_addresses(std::vector<net::Address>& addresses, bool prefer_v6, const RandomSource& random)
{
    for (std::size_t n = addresses.size(); n > 1; --n)
        std::swap(addresses[n - 1], addresses[random(static_cast<std::uint32_t>(n))]);
    std::stable_partition(addresses.begin(), addresses.end(),
                          [&](const net::Address& one) { return one.is_v6() == prefer_v6; });
}

// True when there were some and none is left.
bool take_out_ignored(const MailHostsQuery& query, std::vector<net::Address>& addresses)
{
    return query.is_ignored && std::erase_if(addresses, query.is_ignored) > 0 && addresses.empty();
}

// The host with its addresses; nothing when it has none.
Result<std::optional<MailHost>> with_addresses(Resolver& resolver, const MailHostsQuery& query,
                                               const Candidate& candidate, const RandomSource& random,
                                               event::Deadline until, MailHosts& result)
{
    MailHost host{.name = candidate.name, .preference = candidate.preference, .port = candidate.port, .named_securely = candidate.secure};
    if (auto address = net::Address::parse(candidate.name)) {
        result.named_address = true;
        if (!query.allow_mx_to_ip)
            return std::optional<MailHost>{};
        host.addresses.push_back(*address);
        if (take_out_ignored(query, host.addresses)) {
            result.all_ignored = true;
            return std::optional<MailHost>{};
        }
        return std::optional{host};
    }
    auto found = lookup_host(resolver, candidate.name, until, query.families, query.prefer_v6);
    if (!found && found.error().blame == Blame::temporary) {
        host.deferred = true;
        return std::optional{host};
    }
    if (!found || found->addresses.empty())
        return std::optional<MailHost>{};
    host.secure = candidate.secure && found->secure;
    if (!found->canonical.empty() && !same_nocase(found->canonical, host.name)) { // of an alias, the name that it leads to
        if (!found->secure && !same_nocase(found->canonical, found->owner))
            host.certificate_name = found->owner;
        host.name = found->canonical;
    }
    if (query.dnssec_require && !host.secure)
        return std::optional<MailHost>{};
    host.addresses = std::move(found->addresses);
    if (take_out_ignored(query, host.addresses)) {
        result.all_ignored = true;
        return std::optional<MailHost>{};
    }
    order_addresses(host.addresses, query.prefer_v6, random);
    return std::optional{host};
}

MailHost only(const MailHost& host, bool v4)
{
    MailHost part = host;
    std::erase_if(part.addresses, [&](const net::Address& address) { return address.is_v4() != v4; });
    return part;
}

// All hosts of one preference are tried over IPv6 before any of them over IPv4 (or the other way round), as in Exim.
void order_families(bool prefer_v6, std::vector<MailHost>& hosts)
{
    std::vector<MailHost> ordered;
    const auto add_group = [&](auto first, auto last, bool v4) {
        for (auto host = first; host != last; ++host)
            if (auto part = only(*host, v4); !part.addresses.empty() || (host->deferred && v4))
                ordered.push_back(std::move(part));
    };
    for (auto first = hosts.begin(); first != hosts.end();) {
        const auto last = std::find_if(first, hosts.end(), [&](const MailHost& host) { return host.preference != first->preference; });
        if (last - first == 1) {
            ordered.push_back(*first);
        } else {
            add_group(first, last, !prefer_v6);
            add_group(first, last, prefer_v6);
        }
        first = last;
    }
    hosts = std::move(ordered);
}

bool is_self(const MailHostsQuery& query, const MailHost& host)
{
    return query.is_self && std::ranges::any_of(host.addresses, [&](const net::Address& address) {
        return query.is_self(host.name, address);
    });
}

// RFC 5321 section 5.1: when we are on the list, neither we nor those that are no better than us are tried.
void take_out_self(const MailHostsQuery& query, MailHosts& result, std::int32_t best = -1)
{
    const auto us = std::ranges::find_if(result.hosts, [&](const MailHost& host) { return is_self(query, host); });
    if (us == result.hosts.end())
        return;
    result.self_is_listed = true;
    const auto preference = us->preference;
    if (preference == result.hosts.front().preference)
        result.hosts_with_self = result.hosts;
    std::erase_if(result.hosts, [&](const MailHost& host) { return host.preference >= preference; });
    result.self_is_best = result.hosts.empty();
    result.self_is_first = result.self_is_best && preference <= best;
}

// The address of the domain itself (RFC 5321 section 5.1, the implicit MX).
Result<MailHosts> domain_itself(Resolver& resolver, const MailHostsQuery& query, const RandomSource& random,
                                event::Deadline until)
{
    MailHosts result;
    result.owner = result.domain = normal_name(query.domain);
    auto found = TRY(lookup_host(resolver, query.domain, until, query.families, query.prefer_v6));
    if (found.kind != Answer::Kind::records) {
        result.kind = found.kind == Answer::Kind::no_such_name ? Kind::no_such_domain : Kind::no_hosts;
        return result;
    }
    result.domain = found.canonical;
    result.owner = found.owner;
    result.secure = found.secure;
    result.ttl = found.ttl;
    if (query.dnssec_require && !found.secure) {
        result.kind = Kind::insecure;
        return result;
    }
    if (take_out_ignored(query, found.addresses)) {
        result.kind = Kind::no_hosts;
        result.all_ignored = true;
        return result;
    }
    order_addresses(found.addresses, query.prefer_v6, random);
    result.kind = Kind::found;
    result.hosts.push_back({.name = found.canonical, .addresses = std::move(found.addresses), .secure = found.secure});
    if (!found.secure && !same_nocase(found.canonical, found.owner))
        result.hosts.back().certificate_name = found.owner;
    take_out_self(query, result);
    return result;
}

}

RandomSource system_random()
{
    return [](std::uint32_t bound) { return bound < 2 ? 0 : static_cast<std::uint32_t>(random_number() % bound); };
}

Result<MailHosts> mail_hosts(Resolver& resolver, const MailHostsQuery& query, const RandomSource& random,
                             event::Deadline until)
{
    auto listed = TRY(candidates(resolver, query, random, until));
    MailHosts result;
    result.domain = normal_name(query.domain);
    result.owner = listed.owner.empty() ? result.domain : listed.owner;
    result.secure = listed.secure;
    result.ttl = listed.ttl;
    switch (listed.state) {
    case Candidates::State::no_such_domain:
        result.kind = Kind::no_such_domain;
        return result;
    case Candidates::State::null:
        result.kind = Kind::null_mx;
        return result;
    case Candidates::State::none:
        if (query.mx_only)
            return result;
        return domain_itself(resolver, query, random, until);
    case Candidates::State::found:
        break;
    }
    result.from_mx = true;
    if (query.dnssec_require && !listed.secure) {
        result.kind = Kind::insecure;
        return result;
    }
    if (listed.hosts.size() > query.max_hosts)
        listed.hosts.resize(query.max_hosts);
    for (const auto& candidate : listed.hosts)
        if (auto host = TRY(with_addresses(resolver, query, candidate, random, until, result)))
            result.hosts.push_back(std::move(*host));
    if (result.hosts.size() > 1 && query.families == Families::both)
        order_families(query.prefer_v6, result.hosts);
    const bool some = !result.hosts.empty();
    result.all_ignored = result.all_ignored && !some;
    const bool all_deferred = some && std::ranges::all_of(result.hosts, &MailHost::deferred);
    take_out_self(query, result, listed.hosts.front().preference);
    if (all_deferred)
        return temporary("host lookup for " + escape(query.domain) + " did not complete (DNS timeout?)");
    result.kind = some ? Kind::found : Kind::no_hosts;
    return result;
}

}
