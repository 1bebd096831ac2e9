// Where an address goes: its final deliveries, or why there is none.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "common/mail/envelope.h"
#include "router/expansion_protocol.h"
#include "router/rewriting_protocol.h"

namespace gp::router {

// Marks that stand in an expanded option for what only the agent knows: $inode in directory_file, $message_size (the
// octets that were written) in maildir_tag, $mailstore_basename. No configuration has such characters.
inline constexpr std::string_view inode_mark = "\x01", size_mark = "\x02", basename_mark = "\x03";

// An error_number of a deferral that the log shows as "defer (0)".
inline constexpr std::int32_t no_error_number = std::numeric_limits<std::int32_t>::min();

struct Host {
    std::string name;            // as the log shows it
    std::vector<std::string> addresses; // in the order to try; empty: the agent reports a deferral
    std::uint32_t port = 0;      // 0: the transport's
    std::int32_t mx = -1;        // preference; -1: not from an MX record
    bool dnssec = false;         // the record that names it and its addresses were validated
    bool is_named_surely = false; // the MX or SRV record that names it was, whatever is with its addresses
    std::string certificate_name; // what its certificate must name when that is not `name`: an alias that nobody validated may lead anywhere
    static void fields(auto& self, auto&& field)
    {
        field("name", self.name);
        field("addresses", self.addresses);
        field("port", self.port);
        field("mx", self.mx);
        field("dnssec", self.dnssec);
        field("is_named_surely", self.is_named_surely);
        field("certificate_name", self.certificate_name);
    }
};

// How one final address is delivered: flat, complete, no authority but what launcher checks again.
struct Delivery {
    std::string address;           // final: what RCPT TO or the mailbox gets
    std::string unique;            // identifies it over attempts: recorded when it is done
    std::string router;            // instance names, for the log
    std::string transport;
    std::string driver;            // "smtp", "appendfile", …
    std::string local_part, domain, prefix, suffix;
    std::string kind;              // "", "file", "pipe", "reply": made by redirect's /file, |command
    std::string parent;            // the address it came from; empty when it is the recipient itself
    std::vector<std::string> ancestors; // between it and the recipient, the nearest first, as logs show them: a router
                                        // with `unseen` makes an address its own ancestor
    std::uint32_t depth = 0;       // how many redirections below the recipient
    std::vector<Option> options;
    std::vector<Host> hosts;
    std::vector<Host> fallback_hosts;
    std::string return_path;       // envelope sender for this delivery (errors_to)
    std::string headers_add;       // complete header lines
    std::vector<std::string> headers_remove; // names
    std::uint32_t uid = 0, gid = 0; // whom the child becomes; 0: not a local delivery
    std::string user;              // login name, for initgroups and logs
    std::vector<std::uint32_t> groups; // supplementary, when initgroups asks for them
    std::string home, current_directory;
    std::vector<std::string> environment; // "NAME=value" for pipes
    std::string retry_key;         // host or address key of the retry rules: "T:domain", "R:domain"
    std::uint32_t max_rcpt = 100, connection_max_messages = 500;
    bool dsn_lasthop = false;
    bool log_as_local = false;     // the router's option: a local delivery is logged by its local part
    bool queue_smtp = false;       // its domain is in queue_smtp_domains: SMTP waits for a queue run
    std::string one_time_parent;   // of a one_time redirection: what this address replaces when it must wait
    bool hidden_in_reports = false; // hide_child_in_errmsg: reports name the recipient instead
    bool raises_events = false;    // its transport has an event_action
    std::vector<HeaderChange> header_changes; // made when the message is copied
    std::string ticket;            // launcher's own word for a pipe, file or reply of a user's making
    // Other transports for the same address; they have what the transport decides, and the rest is ours (of_transport):
    std::vector<Delivery> formats; // those of file_format
    std::vector<Delivery> shadow;  // one, or none: after us, when we have succeeded
    bool is_shadow = false;
    std::uint32_t copies = 0;      // how many routers with `unseen` have had the address before
    std::string trouble;           // of a shadow: why it cannot be set up
    static void fields(auto& self, auto&& field)
    {
        field("address", self.address);
        field("unique", self.unique);
        field("router", self.router);
        field("transport", self.transport);
        field("driver", self.driver);
        field("local_part", self.local_part);
        field("domain", self.domain);
        field("prefix", self.prefix);
        field("suffix", self.suffix);
        field("kind", self.kind);
        field("parent", self.parent);
        field("ancestors", self.ancestors);
        field("depth", self.depth);
        field("options", self.options);
        field("hosts", self.hosts);
        field("fallback_hosts", self.fallback_hosts);
        field("return_path", self.return_path);
        field("headers_add", self.headers_add);
        field("headers_remove", self.headers_remove);
        field("uid", self.uid);
        field("gid", self.gid);
        field("user", self.user);
        field("groups", self.groups);
        field("home", self.home);
        field("current_directory", self.current_directory);
        field("environment", self.environment);
        field("retry_key", self.retry_key);
        field("max_rcpt", self.max_rcpt);
        field("connection_max_messages", self.connection_max_messages);
        field("dsn_lasthop", self.dsn_lasthop);
        field("log_as_local", self.log_as_local);
        field("queue_smtp", self.queue_smtp);
        field("one_time_parent", self.one_time_parent);
        field("hidden_in_reports", self.hidden_in_reports);
        field("raises_events", self.raises_events);
        field("header_changes", self.header_changes);
        field("ticket", self.ticket);
        field("formats", self.formats);
        field("shadow", self.shadow);
        field("is_shadow", self.is_shadow);
        field("copies", self.copies);
        field("trouble", self.trouble);
    }
};

// A delivery of the same address, by another one of its transports.
inline Delivery of_transport(const Delivery& delivery, const Delivery& other)
{
    auto made = other;
    made.address = delivery.address;
    made.unique = delivery.unique;
    made.router = delivery.router;
    made.local_part = delivery.local_part;
    made.domain = delivery.domain;
    made.prefix = delivery.prefix;
    made.suffix = delivery.suffix;
    made.kind = delivery.kind;
    made.parent = delivery.parent;
    made.ancestors = delivery.ancestors;
    made.depth = delivery.depth;
    made.ticket = delivery.ticket;
    return made;
}

// An address below a recipient that could not be routed, or was thrown away on purpose.
struct Unrouted {
    enum class Why : std::uint8_t { failed, deferred, discarded };
    Why why = Why::failed;
    std::string address;
    std::string unique;
    std::string router;
    std::string text;      // what the log and the bounce say
    std::string errors_to; // where the report goes when not to the sender; "<>" throws it away
    bool freeze = false;   // :defer: / :freeze: and routers that freeze
    std::string parent;    // the address it came from; empty when it is the recipient itself
    std::vector<std::string> ancestors; // as Delivery's
    std::uint32_t depth = 0;            // as Delivery's
    std::string kind;                   // as Delivery's
    std::string logged_as;              // the address as the last router saw it, without quotes; empty: unknown
    std::int32_t error_number = 0; // as the log shows it: -1 :defer:, -17 bad redirect data, -23 held, -36 DNS,
                                   // -56 in queue_domains …; 0: -1
    std::string error_name; // word of the retry rules: "lookup", or empty
    std::string retry_key;  // "R:domain" or "R:local@domain" by retry_use_local_part; empty: "R:" and the domain
    std::string one_time_parent;    // as Delivery's
    bool hidden_in_reports = false; // as Delivery's
    bool is_forced = false;         // by :fail: or :defer:, whose text an SMTP client may hear
    std::string user_text;          // what an SMTP client may hear, when not `text`
    std::string transport;          // of a pipe or file that is forbidden; "**bypassed**" of /dev/null
    bool is_setup = false;          // its transport cannot be set up: it waits, and no clock runs
    static void fields(auto& self, auto&& field)
    {
        field("why", self.why);
        field("address", self.address);
        field("unique", self.unique);
        field("router", self.router);
        field("text", self.text);
        field("errors_to", self.errors_to);
        field("freeze", self.freeze);
        field("parent", self.parent);
        field("ancestors", self.ancestors);
        field("depth", self.depth);
        field("kind", self.kind);
        field("logged_as", self.logged_as);
        field("error_number", self.error_number);
        field("error_name", self.error_name);
        field("retry_key", self.retry_key);
        field("one_time_parent", self.one_time_parent);
        field("hidden_in_reports", self.hidden_in_reports);
        field("is_forced", self.is_forced);
        field("user_text", self.user_text);
        field("transport", self.transport);
        field("is_setup", self.is_setup);
    }
};
constexpr Unrouted::Why enum_limit(Unrouted::Why)
{
    return Unrouted::Why::discarded;
}

struct RoutedRecipient {
    std::uint32_t index = 0; // as asked
    std::vector<Delivery> deliveries;
    std::vector<Unrouted> unrouted;
    static void fields(auto& self, auto&& field)
    {
        field("index", self.index);
        field("deliveries", self.deliveries);
        field("unrouted", self.unrouted);
    }
};

// Something that is wrong in redirection data, for whom syntax_errors_to names.
struct Notice {
    std::string to;
    std::string text; // LF lines
    static void fields(auto& self, auto&& field)
    {
        field("to", self.to);
        field("text", self.text);
    }
};

struct RouteReply {
    std::vector<RoutedRecipient> recipients;
    std::vector<Notice> notices; // to be sent before anything is delivered
    // Seconds for which qmgr may give the same answer itself. A lifetime promises that the answer depends on
    // nothing but sender, recipient address, queue_run and forced; 0: ask again.
    std::uint32_t lifetime = 0;
    bool wants_headers = false; // nothing else is in the answer: ask again, with the headers
    static void fields(auto& self, auto&& field)
    {
        field("wants_headers", self.wants_headers);
        field("recipients", self.recipients);
        field("notices", self.notices);
        field("lifetime", self.lifetime);
    }
};

struct RouteTarget {
    std::uint32_t index = 0; // into the envelope's recipients
    std::string address;
    static void fields(auto& self, auto&& field)
    {
        field("index", self.index);
        field("address", self.address);
    }
};

// "Where do these recipients of this message go?" Asked by qmgr, all recipients of one message that are
// due in one request.
struct Route {
    static constexpr std::string_view name = "route";
    static constexpr bool repeatable = true;
    static constexpr std::size_t max_size = 8 * 1024 * 1024;
    using Reply = RouteReply;
    std::string message_id;
    std::string sender;
    mail::Origin origin;
    std::vector<mail::Variable> variables;
    std::uint64_t size = 0;
    std::int64_t received = 0;
    std::string headers; // filled when the configuration's routers look at $h_… (Parameters::routing_needs_headers), or where router
                         // wants them
    std::string body_start, body_end; // for filters (Parameters::routing_body_octets)
    std::uint32_t body_lines = 0, longest_line = 0;
    std::vector<RouteTarget> targets;
    bool queue_run = false; // a later attempt: routers with `unseen`, first_delivery conditions
    bool forced = false;    // -M, -qf: hold_domains and queue_domains do not count
    bool first = false;     // nothing was tried before: first_delivery of filters
    bool thawed = false;    // by an administrator: manually_thawed
    std::vector<mail::HeaderStep> header_steps; // what the system filter made of the headers
    std::vector<std::int32_t> filter_numbers;   // $sn0 … $sn9
    static void fields(auto& self, auto&& field)
    {
        field("message_id", self.message_id);
        field("sender", self.sender);
        field("origin", self.origin);
        field("variables", self.variables);
        field("size", self.size);
        field("received", self.received);
        field("headers", self.headers);
        field("body_start", self.body_start);
        field("body_end", self.body_end);
        field("body_lines", self.body_lines);
        field("longest_line", self.longest_line);
        field("targets", self.targets);
        field("queue_run", self.queue_run);
        field("forced", self.forced);
        field("first", self.first);
        field("thawed", self.thawed);
        field("header_steps", self.header_steps);
        field("filter_numbers", self.filter_numbers);
    }
};

// What the system filter wants done with a message (manual 47).
struct SystemFiltered {
    enum class End : std::uint8_t { finished, failed, deferred, frozen, broken };
    End end = End::finished;
    std::string text;            // what the sender hears of a failure; of `broken`: why the filter is no good
    std::string log_text;        // what the log says; empty: as text
    bool is_significant = false; // the original recipients get nothing
    std::vector<Delivery> deliveries;
    std::vector<Unrouted> unrouted;
    std::vector<mail::HeaderStep> header_steps;
    std::vector<std::int32_t> numbers;
    static void fields(auto& self, auto&& field)
    {
        field("end", self.end);
        field("text", self.text);
        field("log_text", self.log_text);
        field("is_significant", self.is_significant);
        field("deliveries", self.deliveries);
        field("unrouted", self.unrouted);
        field("header_steps", self.header_steps);
        field("numbers", self.numbers);
    }
};
constexpr SystemFiltered::End enum_limit(SystemFiltered::End)
{
    return SystemFiltered::End::broken;
}

// "What does the system filter say?" Asked by qmgr at the start of each attempt; `message` has all recipients that
// are left as its targets.
struct RunSystemFilter {
    static constexpr std::string_view name = "system_filter";
    static constexpr bool repeatable = true;
    static constexpr std::size_t max_size = 8 * 1024 * 1024;
    using Reply = SystemFiltered;
    Route message;
    static void fields(auto& self, auto&& field) { field("message", self.message); }
};

}
