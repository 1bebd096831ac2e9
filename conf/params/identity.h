// Main options that say who this host is, and who may do what with it.
#pragma once

#include <span>

#include "common/config/param.h"

namespace gp::conf {

struct HostIdentity {
    std::string primary_hostname;
    std::string qualify_domain;
    std::string qualify_recipient;
    std::string localhost_number; // expanded once when the file is read; empty: none
    std::vector<config::Identity> trusted_users, trusted_groups;
    config::Expandable admin_groups; // a list of groups
    std::vector<config::Identity> never_users;
    config::Expandable untrusted_set_sender;
    bool local_from_check = true;
    std::string local_from_prefix, local_from_suffix;
    bool local_sender_retain = false;
    config::Expandable gecos_name;
    std::string gecos_pattern;
    config::Expandable unknown_login, unknown_username;
    bool commandline_checks_require_admin = false;
    bool prod_requires_admin = true;
    bool queue_list_requires_admin = true;

    static constexpr std::string_view title = "Identity and trust";
    static std::span<const config::Param<HostIdentity>> params();
};

}
