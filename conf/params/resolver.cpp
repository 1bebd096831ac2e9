#include "conf/params/resolver.h"

namespace gp::conf {
namespace {

using config::Standing;
using config::Type;
using config::Use;
using M = Resolver;

// clang-format off
const config::Param<M> rows[] = {
    {"dns_retrans", &M::dns_retrans, Type::time, Use::literal, "0s", Standing::supported,
     "How long to wait for an answer before asking again; 0s is the resolver's own time."},
    {"dns_retry", &M::dns_retry, Type::integer, Use::literal, "0", Standing::supported,
     "How often to ask again; 0 is the resolver's own number."},
    {"dns_check_names_pattern", &M::dns_check_names_pattern, Type::string, Use::literal,
     "(?i)^(?>(?(1)\\.|())[^\\W](?>[a-z0-9/_-]*[^\\W])?)+(\\.?)$", Standing::supported,
     "A pattern that a name must match before the DNS is asked for it; empty is not to check."},
    {"dns_again_means_nonexist", &M::dns_again_means_nonexist, Type::domain_list, Use::expanded,
     nullptr, Standing::supported,
     "Domains for which a temporary failure of the DNS counts as \"no such name\"."},
    {"dns_ipv4_lookup", &M::dns_ipv4_lookup, Type::domain_list, Use::expanded, nullptr, Standing::supported,
     "Domains for which AAAA records are not asked."},
    {"dns_dnssec_ok", &M::dns_dnssec_ok, Type::integer, Use::literal, "-1", Standing::supported,
     "Whether DNSSEC is asked for: 1 yes, 0 no, -1 as the resolver is configured."},
    {"dns_use_edns0", &M::dns_use_edns0, Type::integer, Use::literal, "-1", Standing::moot,
     "The resolver uses EDNS0 wherever the server can."},
    {"dns_trust_aa", {}, Type::domain_list, Use::expanded, nullptr, Standing::supported,
     "Zones whose unvalidated but authoritative answers count as validated; nothing where answers are validated here."},
    {"dns_cname_loops", {}, Type::integer, Use::literal, "1", Standing::moot,
     "The resolver follows CNAME chains itself, within a bound of its own."},
    {"dns_csa_search_limit", {}, Type::integer, Use::literal, "5", Standing::supported,
     "How many parents of a domain without a CSA record are asked for one that speaks for its subdomains (verify = csa, dnsdb's csa)."},
    {"dns_csa_use_reverse", {}, Type::boolean, Use::literal, "true", Standing::supported,
     "Whether a CSA domain that is an address is looked up in its reversed form; else it has no record."},
    {"disable_ipv6", &M::disable_ipv6, Type::boolean, Use::literal, "false", Standing::supported,
     "Whether IPv6 is left alone altogether: no AAAA records, no addresses, no listeners."},
    {"allow_mx_to_ip", &M::allow_mx_to_ip, Type::boolean, Use::literal, "false", Standing::supported,
     "Whether an MX record may hold an address, which is an error otherwise."},
    {"hosts_treat_as_local", &M::hosts_treat_as_local, Type::domain_list, Use::expanded,
     nullptr, Standing::supported,
     "Names which in MX records mean this host."},
    {"slow_lookup_log", &M::slow_lookup_log, Type::integer, Use::literal, "0", Standing::supported,
     "DNS look-ups that take longer than this many milliseconds are logged; 0 is never."},
    {"lookup_open_max", &M::lookup_open_max, Type::integer, Use::literal, "25", Standing::supported,
     "How many files are kept open between look-ups."},
};
// clang-format on

}

std::span<const config::Param<Resolver>> Resolver::params()
{
    return rows;
}

}
