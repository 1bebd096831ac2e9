// Where the mail of a domain goes: MX records (or SRV when asked), addresses, and the order to try them in.
// Used by the dnslookup router, host lists (@mx_any and the like), checks of a sender's domain.
//
//   RFC 5321 section 5.1  hosts by preference, equals at random, the address of the domain itself when it
//                         has no MX; a host that we are ends the list with all that are no better
//   RFC 7505              "MX 0 ." says that the domain takes no mail
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/dns/resolver.h"

namespace gp::dns {

// A number below `bound` (at least 1); a test brings a predictable one.
using RandomSource = std::function<std::uint32_t(std::uint32_t bound)>;
RandomSource system_random();

struct MailHost {
    std::string name;
    std::int32_t preference = -1; // of its MX or SRV record; -1: the domain itself
    std::uint16_t port = 0;       // of its SRV record; 0: not said
    std::vector<net::Address> addresses; // in the order to try
    bool secure = false;   // the record that names it and its addresses were validated
    bool named_securely = false; // the MX or SRV record that names it was, whatever is with its addresses
    // An alias was followed that nobody validated: the name before it, which is the one that a certificate proves.
    std::string certificate_name;
    bool deferred = false; // its addresses could not be looked up now; `addresses` is empty
    bool operator==(const MailHost&) const = default;
};

struct MailHosts {
    enum class Kind : std::uint8_t {
        found,
        no_such_domain, // NXDOMAIN
        no_hosts,       // the domain exists and has nothing that takes mail
        null_mx,        // RFC 7505
        insecure,       // dnssec_require, and the answer was not validated
    };
    Kind kind = Kind::no_hosts;
    std::vector<MailHost> hosts; // best first; without us and those that are no better than us
    std::vector<MailHost> hosts_with_self; // when self_is_best: all of them, for who sends to us all the same
    std::string domain;          // canonical, after CNAMEs of the address look-up
    std::string owner;           // the domain asked as the server completed it: "mail" became "mail.example.org"
    bool from_mx = false;        // or SRV; else the address of the domain itself
    bool secure = false;         // of the MX, SRV or address answer
    bool self_is_best = false;   // we are among the best: `hosts` is empty (the `self` option decides)
    bool self_is_first = false;  // … and no record is better, not even one whose host has no address
    bool self_is_listed = false; // we are listed, best or not
    bool all_ignored = false;    // there were addresses, and is_ignored took them all
    bool named_address = false;  // a record had an address where a host name belongs
    std::uint32_t ttl = 0;
};

struct MailHostsQuery {
    std::string domain;
    Families families = Families::both;
    bool prefer_v6 = true;       // Exim's order: IPv6 addresses of a host before IPv4 ones
    bool mx_only = false;        // mx_domains: do not fall back to the address
    bool mx_fail_is_no_mx = false;    // mx_fail_domains: a failing MX look-up is treated as "has none"
    std::string srv_service;     // check_srv = smtp: ask _smtp._tcp.DOMAIN first
    bool srv_fail_is_no_srv = false;  // srv_fail_domains
    bool dnssec_require = false;
    bool allow_mx_to_ip = false; // allow_mx_to_ip: take a record that names an address where a host belongs
    std::size_t max_hosts = 100; // of one domain; the rest is cut off
    // Is this address ours, by interface, local_interfaces or hosts_treat_as_local? Null: never.
    std::function<bool(std::string_view host, const net::Address& address)> is_self;
    // Addresses that count as if they were not there (ignore_target_hosts). Null: none.
    std::function<bool(const net::Address& address)> is_ignored;
};

// Suspends. A temporary error when no host could be resolved and at least one failed for a while.
Result<MailHosts> mail_hosts(Resolver& resolver, const MailHostsQuery& query, const RandomSource& random,
                             event::Deadline until);

}
