// All that an expansion can see: the connection, the message, the address in hand, what was captured,
// looked up and found out so far. There are no globals; whoever expands makes a Scene.
//
// A Scene borrows: every view and pointer must outlive it. Null and empty mean "there is none here", and
// the variables are then what Exim's are (empty, or 0). Cheap to make: one for each question that router is
// asked. It belongs to one fiber.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/tainted.h"
#include "common/expand/depth.h"
#include "common/expand/effects.h"
#include "common/expand/facts.h"
#include "common/expand/headers.h"
#include "common/lookup/lookups.h"
#include "common/mail/envelope.h"
#include "common/match/list.h"
#include "common/match/match.h"

namespace gp::expand {

class Language;

// What the configuration and the machine fix for every expansion.
struct Site {
    std::string primary_hostname, qualify_domain, qualify_recipient;
    std::string spool_directory, log_directory, config_file, exim_path, initial_cwd = "/";
    std::string exim_version = "4.96";
    std::string headers_charset = "UTF-8";
    std::string localhost_number;
    std::string smtp_active_hostname; // when it differs from primary_hostname
    std::uint32_t exim_uid = 0, exim_gid = 0, caller_uid = 0, caller_gid = 0;
    std::uint64_t compile_number = 1;
    std::int64_t bounce_return_size_limit = 100 * 1024;
    std::int64_t message_body_visible = 500;
    bool print_topbitchars = false;
    bool message_body_newlines = false;
    bool strict_acl_vars = false;
    bool check_rfc2047_length = true;
    bool log_timezone = false;
    bool log_millisec = false;
    bool log_host_lookup_failed = true;
    bool timezone_is_utc = false;
    bool allow_utf8_domains = false;
};

// What every expansion of a process stands on. Lives as long as its configuration.
struct World {
    const Language& language;
    const Site& site;
    const lookup::Lookups& lookups;
    const match::Lists& lists;
    Effects effects;
    Limits limits = {};
};

// The message in hand. Sizes and counts are 0 while they are not known, as in Exim.
struct Message {
    std::string_view id;
    std::string_view sender; // without <>
    const std::vector<std::string>* recipients = nullptr;
    bool recipients_are_shown = false; // $recipients exists in some ACLs and the system filter only
    std::int64_t recipients_count = 0;
    std::int64_t rcpt_count = 0, rcpt_fail_count = 0, rcpt_defer_count = 0;
    std::string_view received_for;
    std::int64_t size = 0, body_size = 0, linecount = 0, body_linecount = 0, body_zerocount = 0;
    std::int64_t max_received_linelength = 0;
    std::int64_t received_count = 0;
    std::int64_t received_time = 0; // seconds; 0: none
    std::int64_t age = 0;
    std::string_view body_start, body_end; // message_body_visible octets of either end
    const Headers* headers = nullptr;
    std::string_view queue_name;
    std::string_view return_path;
    bool has_return_path = false; // else $return_path is the sender
    std::int64_t originator_uid = -1, originator_gid = -1; // -1: the caller's
    bool smtputf8 = false;
    bool is_first_delivery = false;
    bool is_manually_thawed = false;
    bool is_queue_run = false;
};

// The address that is being routed, verified or delivered.
struct Address {
    std::string_view local_part, domain; // as $local_part and $domain have them
    bool is_tainted = true;              // false when we made it ourselves: an alias file's text
    std::string_view local_part_prefix, local_part_suffix, local_part_prefix_v, local_part_suffix_v;
    bool affix_is_tainted = false; // it was a wildcard
    std::string_view original_local_part, original_domain, parent_local_part, parent_domain;
    std::string_view home;
    std::int64_t local_user_uid = -1, local_user_gid = -1;
    std::string_view host, host_address;
    std::int64_t host_port = 0;
    std::string_view self_hostname, router_name, transport_name;
    std::string_view address_file, address_pipe;
};

// $acl_arg1 … and $acl_narg of the ACL that runs.
struct AclArguments {
    std::array<Text, 9> values;
    std::size_t count = 0;
};

// $0, $1 …
struct Captures {
    static constexpr std::size_t most = 20; // Exim's EXPAND_MAXN
    std::vector<Text> values;
};

// What a word leaves behind for later expansions of the same caller: $runrc, $prvscheck_result …
struct Kept {
    int runrc = 0;
    std::string prvscheck_result;
    std::string prvscheck_address, prvscheck_keynum;
    std::string srs_recipient;
    std::string lookup_dnssec_authenticated;
    std::string ldap_dn;
    std::string acl_message;
    std::map<std::string, std::string> sockets; // readsocket's cache=yes
};

// Where the stack of the outermost expansion began, and what it has done: for the limits on depth and work.
struct Depth {
    const char* stack_base = nullptr;
    std::size_t levels = 0;
    std::size_t steps = 0; // texts that were evaluated since then
};

struct Scene {
    explicit Scene(const World& ground) : world(ground) {}

    const World& world;
    const mail::Origin* origin = nullptr; // null: tools without a message
    match::Host* host = nullptr;          // the remote host; null: none. Keeps its name once looked up.
    const Message* message = nullptr;
    const Address* address = nullptr;
    const std::vector<mail::Variable>* acl_variables = nullptr;
    match::Remembered* remembered = nullptr; // answers of named lists, kept as long as the message

    Facts facts;                             // looked at first …
    std::vector<const Facts*> more_facts;    // … then these, in order
    Captures captures;
    Text value, item;                        // $value, $item
    std::optional<Text> domain, local_part;  // over those of the address: while a list is scanned
    AclArguments acl;
    Kept own_kept;
    Kept* kept = &own_kept; // point it at the caller's to keep things longer

    bool is_forbidden(std::string_view word) const; // forbid_filter_…
    std::vector<std::string_view> forbidden;        // words that this text may not use: "readfile", "run" …

    Depth depth;

    Files* others_files = nullptr; // what a user sees of the files, in place of what we see: a user's own filter
    Files* files() const { return others_files ? others_files : world.effects.files; }

    std::string charset; // what $h_ is translated to, when it is not the site's: a filter's "headers charset"
    const std::string& headers_charset() const { return charset.empty() ? site().headers_charset : charset; }

    const Text* find_fact(std::string_view name) const;
    const Site& site() const { return world.site; }
};

}
