// The options that every router has (manual chapter 15), parsed once.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "router/driver.h"

namespace gp::router {

struct CommonOptions {
    std::string name;
    std::optional<expand::Expression> condition;
    bool has_domains = false, has_local_parts = false, has_senders = false;
    expand::ListText domains, local_parts, senders;
    bool check_local_user = false;
    bool caseful_local_part = false;
    std::vector<std::string> prefixes, suffixes; // with a leading or trailing * where written so
    bool prefix_optional = false, suffix_optional = false;
    std::vector<expand::Expression> require_files, headers_add, headers_remove; // item by item
    std::optional<expand::Expression> router_home_directory, address_data, errors_to, user, group;
    std::optional<expand::Expression> transport, cannot_route_message, debug_print, translate_ip_address;
    std::optional<expand::Expression> transport_home_directory, transport_current_directory;
    std::string fallback_hosts; // as it stands
    std::vector<std::pair<std::string, expand::Expression>> set; // "r_name", value
    std::optional<expand::Expression> more, unseen; // booleans that may be expansions
    bool more_default = true, unseen_default = false;
    std::string pass_router, redirect_router;
    bool initgroups = false;
    bool verify_sender = true, verify_recipient = true, verify_only = false, address_test = true, expn = true;
    bool fail_verify_sender = false, fail_verify_recipient = false;
    bool log_as_local = false, dsn_lasthop = false, pass_on_timeout = false;
    bool retry_use_local_part = false;

    static Result<CommonOptions> read(const Ground& ground, const conf::Driver& instance);
};

}
