// Main options of the resolver and of look-ups in files.
#pragma once

#include <span>

#include "common/config/param.h"

namespace gp::conf {

struct Resolver {
    Duration dns_retrans{};
    std::int64_t dns_retry = 0;
    std::string dns_check_names_pattern;
    config::Expandable dns_again_means_nonexist;
    config::Expandable dns_ipv4_lookup;
    std::int64_t dns_dnssec_ok = -1;
    std::int64_t dns_use_edns0 = -1;
    bool disable_ipv6 = false;
    bool allow_mx_to_ip = false;
    config::Expandable hosts_treat_as_local;
    std::int64_t slow_lookup_log = 0; // milliseconds
    std::int64_t lookup_open_max = 0;

    static constexpr std::string_view title = "DNS";
    static std::span<const config::Param<Resolver>> params();
};

}
