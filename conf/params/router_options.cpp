#include "conf/params/detail/rows.h"

namespace gp::conf {
namespace {

using config::Option;
using config::Repeat;
using config::Standing;
using config::Type;
using config::Use;

// clang-format off
const Option generic_rows[] = {
    {"driver", Type::string, Use::literal, nullptr, Standing::supported,
     "The kind of router: accept, dnslookup, ipliteral, manualroute, redirect and others."},
    {"address_data", Type::string, Use::expanded, nullptr, Standing::supported,
     "A text that is expanded and kept with the address, for later routers, transports and ACLs."},
    {"address_test", Type::boolean, Use::literal, "true", Standing::supported,
     "Whether the router is there for -bt."},
    {"cannot_route_message", Type::string, Use::expanded, nullptr, Standing::supported,
     "What is said of an address that this router has failed."},
    {"caseful_local_part", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether the local part keeps its capitals for this router."},
    {"check_local_user", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether the local part must be the login name of a user."},
    {"condition", Type::string, Use::expanded, nullptr, Standing::supported,
     "A text that must expand to yes for the router to run. Several must all do.", false, Repeat::all_true},
    {"debug_print", Type::string, Use::expanded, nullptr, Standing::supported,
     "A text for debugging output."},
    {"disable_logging", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether addresses that this router handles are kept out of the log."},
    {"dnssec_request_domains", Type::domain_list, Use::expanded, "*", Standing::supported,
     "Domains for which DNSSEC is asked."},
    {"dnssec_require_domains", Type::domain_list, Use::expanded, nullptr, Standing::supported,
     "Domains whose DNS answers must be validated."},
    {"domains", Type::domain_list, Use::expanded, nullptr, Standing::supported,
     "The domains that the router handles."},
    {"dsn_lasthop", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether a delivery report that a sender asked for is made here and not passed on."},
    {"errors_to", Type::string, Use::expanded, nullptr, Standing::supported,
     "The envelope sender of what is delivered through this router, and so where bounces go."},
    {"expn", Type::boolean, Use::literal, "true", Standing::supported,
     "Whether the router is there for EXPN."},
    {"fail_verify", Type::boolean, Use::literal, "false", Standing::supported,
     "Both fail_verify_sender and fail_verify_recipient.", false, Repeat::refused, true},
    {"fail_verify_recipient", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether a recipient that the router accepts fails verification."},
    {"fail_verify_sender", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether a sender that the router accepts fails verification."},
    {"fallback_hosts", Type::string_list, Use::literal, nullptr, Standing::supported,
     "Hosts to try when all others have failed."},
    {"group", Type::group, Use::expanded, nullptr, Standing::supported,
     "The group of a delivery that this router sets up."},
    {"headers_add", Type::string_list, Use::expanded, nullptr, Standing::supported,
     "Headers that are added at delivery.", false, Repeat::newline_joined},
    {"headers_remove", Type::string_list, Use::expanded, nullptr, Standing::supported,
     "Headers that are left out at delivery.", false, Repeat::colon_joined},
    {"ignore_target_hosts", Type::host_list, Use::expanded, nullptr, Standing::supported,
     "Addresses that are left out of what a host name resolves to."},
    {"initgroups", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether a delivery has all groups of its user."},
    {"local_part_prefix", Type::string_list, Use::literal, nullptr, Standing::supported,
     "What is taken off the front of the local part for this router; * stands for anything."},
    {"local_part_prefix_optional", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether the router also runs without a prefix."},
    {"local_part_suffix", Type::string_list, Use::literal, nullptr, Standing::supported,
     "What is taken off the end of the local part for this router; * stands for anything."},
    {"local_part_suffix_optional", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether the router also runs without a suffix."},
    {"local_parts", Type::local_part_list, Use::expanded, nullptr, Standing::supported,
     "The local parts that the router handles."},
    {"log_as_local", Type::boolean, Use::literal, nullptr, Standing::supported,
     "Whether the log shows a delivery by the local part only."},
    {"more", Type::boolean, Use::expanded, "true", Standing::supported,
     "Whether an address that the router declines goes on to the next router."},
    {"pass_on_timeout", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether a router that timed out passes the address on, and does not defer it."},
    {"pass_router", Type::string, Use::literal, nullptr, Standing::supported,
     "The router that gets what this one passes on; the next one when unset."},
    {"redirect_router", Type::string, Use::literal, nullptr, Standing::supported,
     "The router at which new addresses begin; the first one when unset."},
    {"require_files", Type::string_list, Use::expanded, nullptr, Standing::supported,
     "Files that must be there, or with ! must not."},
    {"retry_use_local_part", Type::boolean, Use::literal, nullptr, Standing::supported,
     "Whether a deferral counts for the address, and not for its whole domain."},
    {"router_home_directory", Type::string, Use::expanded, nullptr, Standing::supported,
     "The value of $home while the router runs."},
    {"self", Type::string, Use::literal, "freeze", Standing::supported,
     "What happens when an address leads back to this host: freeze, defer, reroute, pass, fail, send."},
    {"senders", Type::address_list, Use::expanded, nullptr, Standing::supported,
     "The envelope senders for which the router runs."},
    {"set", Type::string_list, Use::literal, nullptr, Standing::supported,
     "Variables $r_name that are set for later use.", false, Repeat::semicolon_joined},
    {"translate_ip_address", Type::string, Use::expanded, nullptr, Standing::supported,
     "An address in place of the one that a host name resolved to."},
    {"transport", Type::string, Use::expanded, nullptr, Standing::supported,
     "The transport that delivers what this router accepts."},
    {"transport_current_directory", Type::string, Use::expanded, nullptr, Standing::supported,
     "The working directory of the delivery."},
    {"transport_home_directory", Type::string, Use::expanded, nullptr, Standing::supported,
     "The home directory of the delivery."},
    {"unseen", Type::boolean, Use::expanded, "false", Standing::supported,
     "Whether a copy of the address goes on to the next router."},
    {"user", Type::user, Use::expanded, nullptr, Standing::supported,
     "The user as whom the delivery runs."},
    {"verify", Type::boolean, Use::literal, "true", Standing::supported,
     "Both verify_sender and verify_recipient.", false, Repeat::refused, true},
    {"verify_only", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether the router is there for verification alone."},
    {"verify_recipient", Type::boolean, Use::literal, "true", Standing::supported,
     "Whether the router is there for the verification of recipients."},
    {"verify_sender", Type::boolean, Use::literal, "true", Standing::supported,
     "Whether the router is there for the verification of senders."},
};

const Option dnslookup_rows[] = {
    {"check_secondary_mx", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether the router declines unless this host is among the secondary MX hosts."},
    {"check_srv", Type::string, Use::expanded, nullptr, Standing::supported,
     "The service whose SRV records are looked up first."},
    {"fail_defer_domains", Type::domain_list, Use::expanded, nullptr, Standing::supported,
     "Domains for which a failing look-up defers, and does not decline."},
    {"ipv4_only", Type::string, Use::expanded, nullptr, Standing::supported,
     "Whether only A records are looked up."},
    {"ipv4_prefer", Type::string, Use::expanded, nullptr, Standing::supported,
     "Whether IPv4 addresses come first."},
    {"mx_domains", Type::domain_list, Use::expanded, nullptr, Standing::supported,
     "Domains for which an MX record is needed: an address record alone does not do."},
    {"mx_fail_domains", Type::domain_list, Use::expanded, nullptr, Standing::supported,
     "Domains for which a failing MX look-up counts as \"no MX record\"."},
    {"qualify_single", Type::boolean, Use::literal, "true", Standing::supported,
     "Whether a name without a dot is tried below the host's own domain."},
    {"rewrite_headers", Type::boolean, Use::literal, "true", Standing::supported,
     "Whether headers are changed when a short name turned out to be a longer one."},
    {"same_domain_copy_routing", Type::boolean, Use::literal, "false", Standing::moot,
     "Whether other addresses of the domain take the same route without asking again."},
    {"search_parents", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether the resolver may search parent domains."},
    {"srv_fail_domains", Type::domain_list, Use::expanded, nullptr, Standing::supported,
     "Domains for which a failing SRV look-up counts as \"no SRV record\"."},
    {"widen_domains", Type::string_list, Use::literal, nullptr, Standing::supported,
     "Domains that are added to a name that is not found."},
};

const Option iplookup_rows[] = {
    {"hosts", Type::string, Use::literal, nullptr, Standing::supported,
     "The hosts that are asked, by name or address, one after the other until one answers."},
    {"optional", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether the address goes on to the next router, and does not wait, when no host answers."},
    {"port", Type::integer, Use::literal, "0", Standing::supported,
     "The port on which they are asked."},
    {"protocol", Type::string, Use::literal, "udp", Standing::supported,
     "udp or tcp."},
    {"query", Type::string, Use::expanded, nullptr, Standing::supported,
     "What they are asked. Unset, it is the address twice, and an answer counts when the address stands behind the new one."},
    {"reroute", Type::string, Use::expanded, nullptr, Standing::supported,
     "The new address, made from the answer: $0 is all of it, $1 and so on what response_pattern found. Unset, it is the "
     "answer's first word."},
    {"response_pattern", Type::string, Use::literal, nullptr, Standing::supported,
     "A regular expression that an answer must match; else the router declines."},
    {"timeout", Type::time, Use::literal, "5s", Standing::supported,
     "How long an answer is awaited, and before that a TCP connection."},
};

const Option manualroute_rows[] = {
    {"host_all_ignored", Type::string, Use::literal, "defer", Standing::supported,
     "What happens when every host is left out by ignore_target_hosts."},
    {"host_find_failed", Type::string, Use::literal, "freeze", Standing::supported,
     "What happens when a host is not found: decline, defer, fail, freeze, ignore, pass."},
    {"hosts_randomize", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether the hosts are tried in random order."},
    {"route_data", Type::string, Use::expanded, nullptr, Standing::supported,
     "Hosts and options for every address that reaches the router."},
    {"route_list", Type::string_list, Use::literal, nullptr, Standing::supported,
     "Rules: a domain pattern, its hosts, its options."},
    {"same_domain_copy_routing", Type::boolean, Use::literal, "false", Standing::moot,
     "Whether other addresses of the domain take the same route without asking again."},
};

const Option queryprogram_rows[] = {
    {"command", Type::string, Use::expanded, nullptr, Standing::supported,
     "The program that is run and decides."},
    {"command_group", Type::group, Use::literal, nullptr, Standing::supported,
     "The group with which it runs."},
    {"command_user", Type::user, Use::literal, nullptr, Standing::supported,
     "The user as whom it runs."},
    {"current_directory", Type::string, Use::literal, "/", Standing::supported,
     "Its working directory."},
    {"timeout", Type::time, Use::literal, "1h", Standing::supported,
     "How long it may take."},
};
// clang-format on

}

std::span<const Option> router_generic_rows()
{
    return generic_rows;
}

std::span<const Option> router_dnslookup_rows()
{
    return dnslookup_rows;
}

std::span<const Option> router_iplookup_rows()
{
    return iplookup_rows;
}

std::span<const Option> router_manualroute_rows()
{
    return manualroute_rows;
}

std::span<const Option> router_queryprogram_rows()
{
    return queryprogram_rows;
}

}
