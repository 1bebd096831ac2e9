#include "conf/params/identity.h"

namespace gp::conf {
namespace {

using config::Standing;
using config::Type;
using config::Use;
using M = HostIdentity;

// clang-format off
const config::Param<M> rows[] = {
    {"primary_hostname", &M::primary_hostname, Type::string, Use::literal, nullptr, Standing::supported,
     "This host's own name. When unset, the fully qualified form of what the system calls it."},
    {"qualify_domain", &M::qualify_domain, Type::string, Use::literal, nullptr, Standing::supported,
     "The domain for sender addresses that local programs give without one. When unset, primary_hostname."},
    {"qualify_recipient", &M::qualify_recipient, Type::string, Use::literal, nullptr, Standing::supported,
     "The domain for recipient addresses without one. When unset, qualify_domain."},
    {"localhost_number", &M::localhost_number, Type::string, Use::expanded, nullptr, Standing::supported,
     "A small number that keeps message ids unique among hosts which share a queue."},
    {"trusted_users", &M::trusted_users, Type::user_list, Use::expanded, nullptr, Standing::supported,
     "Users who may set any envelope sender for mail that they hand in locally."},
    {"trusted_groups", &M::trusted_groups, Type::group_list, Use::expanded, nullptr, Standing::supported,
     "Groups whose members are trusted like trusted_users."},
    {"admin_groups", &M::admin_groups, Type::group_list, Use::expanded, nullptr, Standing::supported,
     "Groups whose members may give the orders of an administrator, besides root and exim_user."},
    {"never_users", &M::never_users, Type::user_list, Use::expanded, nullptr, Standing::supported,
     "Users as whom no delivery ever runs. Root is always one of them."},
    {"untrusted_set_sender", &M::untrusted_set_sender, Type::address_list, Use::expanded,
     nullptr, Standing::supported,
     "Senders that an untrusted local user may set with -f. Setting the empty sender is always allowed."},
    {"local_from_check", &M::local_from_check, Type::boolean, Use::literal, "true", Standing::supported,
     "Whether a From: header that does not name the local caller gets a Sender: header beside it."},
    {"local_from_prefix", &M::local_from_prefix, Type::string, Use::literal, nullptr, Standing::supported,
     "What may stand before the login name in a From: header that passes the check."},
    {"local_from_suffix", &M::local_from_suffix, Type::string, Use::literal, nullptr, Standing::supported,
     "What may stand after the login name in a From: header that passes the check."},
    {"local_sender_retain", &M::local_sender_retain, Type::boolean, Use::literal,
     "false", Standing::supported,
     "Whether a Sender: header that a local caller wrote is kept. Wants no_local_from_check."},
    {"gecos_name", &M::gecos_name, Type::string, Use::expanded, nullptr, Standing::supported,
     "The full name of a local caller, made from what gecos_pattern matched."},
    {"gecos_pattern", &M::gecos_pattern, Type::string, Use::literal, nullptr, Standing::supported,
     "A pattern for the comment field of a passwd entry; gecos_name uses its parts."},
    {"unknown_login", &M::unknown_login, Type::string, Use::expanded, nullptr, Standing::supported,
     "The login name for a local caller whose uid has no name."},
    {"unknown_username", &M::unknown_username, Type::string, Use::literal, nullptr, Standing::supported,
     "The full name that goes with unknown_login."},
    {"commandline_checks_require_admin", &M::commandline_checks_require_admin, Type::boolean, Use::literal,
     "false", Standing::supported,
     "Whether -bP, -be, -bt and their kind are for administrators only."},
    {"prod_requires_admin", &M::prod_requires_admin, Type::boolean, Use::literal, "true", Standing::supported,
     "Whether -M, -R, -S and queue runs are for administrators only."},
    {"queue_list_requires_admin", &M::queue_list_requires_admin, Type::boolean, Use::literal,
     "true", Standing::supported,
     "Whether other people's messages are listed to administrators only."},
    {"uucp_from_pattern", {}, Type::string, Use::literal,
     "^From\\s+(\\S+)\\s+(?:[a-zA-Z]{3},?\\s+)?(?:[a-zA-Z]{3}\\s+\\d?\\d|\\d?\\d\\s+[a-zA-Z]{3}\\s+\\d\\d(?:"
     "\\d\\d)?)\\s+\\d\\d?:\\d\\d?", Standing::supported,
     "A pattern for the \"From \" line before messages that came by UUCP."},
    {"uucp_from_sender", {}, Type::string, Use::expanded, "$1", Standing::supported,
     "The envelope sender taken from what uucp_from_pattern matched."},
    {"ignore_fromline_hosts", {}, Type::host_list, Use::expanded, nullptr, Standing::supported,
     "Hosts whose messages may begin with a \"From \" line, which is dropped."},
    {"ignore_fromline_local", {}, Type::boolean, Use::literal, "false", Standing::supported,
     "Whether locally submitted SMTP messages may begin with a \"From \" line, which is dropped."},
    {"max_username_length", {}, Type::integer, Use::literal, "0", Standing::supported,
     "Login names longer than this are taken for unknown without asking the system; 0 is no limit."},
    {"finduser_retries", {}, Type::integer, Use::literal, "0", Standing::supported,
     "How often a failed search for a user is repeated, a second apart."},
    {"percent_hack_domains", {}, Type::domain_list, Use::expanded, nullptr, Standing::supported,
     "Domains for which user%other@domain is taken for user@other, before any ACL or router looks at it. It relays."},
};
// clang-format on

}

std::span<const config::Param<HostIdentity>> HostIdentity::params()
{
    return rows;
}

}
