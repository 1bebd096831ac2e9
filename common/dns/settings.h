// Which servers are asked, and how. Values only, so that they can be read before a jail closes and travel in a
// parameter block.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/duration.h"
#include "common/base/result.h"
#include "common/dns/resolver.h"

namespace gp::dns {

struct ResolverSettings {
    std::vector<std::string> servers;      // "192.0.2.1", "[2001:db8::1]:5353": asked in this order (dns_servers)
    std::vector<std::string> search;       // domains that complete a short name
    std::uint32_t ndots = 1;               // names with fewer dots are completed first
    std::uint32_t retransmit_ms = 5000;    // how long one server is waited for (dns_retrans)
    std::uint32_t rounds = 2;              // how often the list is gone through (dns_retry)
    bool edns0 = true;                     // dns_use_edns0
    bool trust_ad = true;                  // the servers' AD bit counts: Exim's dns_dnssec_ok
    std::string trust_anchor;              // text of a root.key: answers are validated here, by libunbound
    std::uint32_t cache_entries = 20000;   // answers kept; 0: none
    std::uint32_t cache_octets = 16 * 1024 * 1024;
    std::uint32_t max_ttl = 86400;         // seconds
    std::uint32_t max_concurrent = 2000;   // questions in flight; more wait

    static void fields(auto& self, auto&& field)
    {
        field("servers", self.servers);
        field("search", self.search);
        field("ndots", self.ndots);
        field("retransmit_ms", self.retransmit_ms);
        field("rounds", self.rounds);
        field("edns0", self.edns0);
        field("trust_ad", self.trust_ad);
        field("trust_anchor", self.trust_anchor);
        field("cache_entries", self.cache_entries);
        field("cache_octets", self.cache_octets);
        field("max_ttl", self.max_ttl);
        field("max_concurrent", self.max_concurrent);
    }
};

// resolv.conf(5): nameserver, search, domain, options ndots, timeout, attempts. Unknown lines are skipped.
ResolverSettings parse_resolv_conf(std::string_view text);

// The machine's: /etc/resolv.conf, or a server on 127.0.0.1 when there is none. `dns_servers` (a colon list is
// the caller's to split), when not empty, replaces the servers.
ResolverSettings system_settings(const std::vector<std::string>& dns_servers = {});

// A Resolver for these settings, with a cache in front: libunbound when there is a trust anchor, else a stub
// that believes its servers. Opens no file, so a jailed service may call it; needs a Loop on this thread.
Result<std::unique_ptr<Resolver>> make_resolver(const ResolverSettings& settings);

// As the resolver library completes names: dns_qualify_single adds the first search domain to a name without
// a dot, dns_search_parents then tries the parents of the first search domain.
struct Search {
    bool qualify_single = true;
    bool search_parents = false;
};
Result<Answer> lookup_searching(Resolver& resolver, const ResolverSettings& settings, std::string_view name,
                                Type type, Search search, event::Deadline until);

}
