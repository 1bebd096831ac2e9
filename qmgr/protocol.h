// What operators and the command line ask of qmgr, over the instance's control socket. qmgr checks the
// caller's SO_PEERCRED: administrators may do all, owners see and touch their own messages.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/ipc/message.h"
#include "common/mail/envelope.h"

namespace gp::qmgr {

struct Listed {
    std::string id;
    std::string sender;
    std::uint64_t size = 0;
    std::int64_t received = 0; // microseconds
    std::int64_t next_try = 0;
    bool frozen = false;
    bool active = false; // being delivered now
    bool attempted = false;
    std::string reason;  // of the last deferral
    std::string queue;
    std::vector<mail::Recipient> recipients;
    std::string login; // of the local submitter, shown in brackets by -bp
    std::vector<std::string> done_children; // delivered, and made by aliases of the recipients
    std::string paced_by;         // "host mx.example": it waits for this one's rate or connections
    std::int64_t pace_until = 0;  // seconds: then that has room for the next one; 0: when a delivery ends
    static void fields(auto& self, auto&& field)
    {
        field("id", self.id);
        field("sender", self.sender);
        field("size", self.size);
        field("received", self.received);
        field("next_try", self.next_try);
        field("frozen", self.frozen);
        field("active", self.active);
        field("attempted", self.attempted);
        field("reason", self.reason);
        field("queue", self.queue);
        field("recipients", self.recipients);
        field("login", self.login);
        field("done_children", self.done_children);
        field("paced_by", self.paced_by);
        field("pace_until", self.pace_until);
    }
};

struct ListReply {
    std::vector<Listed> messages;
    bool more = false;
    static void fields(auto& self, auto&& field)
    {
        field("messages", self.messages);
        field("more", self.more);
    }
};
// A page of the queue in order of id.
struct List {
    static constexpr std::string_view name = "list";
    static constexpr std::size_t max_size = 16 * 1024 * 1024;
    using Reply = ListReply;
    std::string after;
    std::uint32_t most = 2000;
    bool brief = false; // ids, sizes and times only
    bool one_queue = false; // those in `queue` alone
    std::string queue;
    std::string sender, recipient; // as in spoold::Search
    static void fields(auto& self, auto&& field)
    {
        field("after", self.after);
        field("most", self.most);
        field("brief", self.brief);
        field("one_queue", self.one_queue);
        field("queue", self.queue);
        field("sender", self.sender);
        field("recipient", self.recipient);
    }
};

struct ShowReply {
    Listed message;
    mail::Envelope envelope;
    std::string headers;
    std::string body; // small messages
    ipc::Fd large;    // body of a large one, read-only
    static void fields(auto& self, auto&& field)
    {
        field("message", self.message);
        field("envelope", self.envelope);
        field("headers", self.headers);
        field("body", self.body);
        field("large", self.large);
    }
};
struct Show {
    static constexpr std::string_view name = "show";
    static constexpr std::size_t max_size = 16 * 1024 * 1024;
    using Reply = ShowReply;
    std::string id;
    bool content = false; // headers and body too
    static void fields(auto& self, auto&& field)
    {
        field("id", self.id);
        field("content", self.content);
    }
};

// An operator's order on messages.
struct OperateReply {
    std::vector<std::string> lines; // what to tell the operator, one for each message
    std::uint32_t failed = 0;
    static void fields(auto& self, auto&& field)
    {
        field("lines", self.lines);
        field("failed", self.failed);
    }
};
struct Operate {
    static constexpr std::string_view name = "operate";
    using Reply = OperateReply;
    // "retry", "hold", "release", "remove", "give_up" (bounce), "add_recipient", "mark_delivered",
    // "mark_all_delivered", "edit_sender", "set_queue"; without ids "forget": retry times of the arguments
    std::string order;
    std::vector<std::string> ids;
    std::vector<std::string> arguments;
    std::string
        who; // login name of an administrator, for "removed by root"; others are known by their messages
    static void fields(auto& self, auto&& field)
    {
        field("order", self.order);
        field("ids", self.ids);
        field("arguments", self.arguments);
        field("who", self.who);
    }
};

// A queue run: everything that is due, or (force) everything that is not frozen, or (thaw) all.
struct RunReply {
    std::uint32_t started = 0; // messages
    static void fields(auto& self, auto&& field) { field("started", self.started); }
};
struct Run {
    static constexpr std::string_view name = "run";
    using Reply = RunReply;
    bool force = false;
    bool thaw = false;
    std::string start_id, end_id;              // -q ID ID
    std::string sender_match, recipient_match; // -S, -R: substrings, or regular expressions
    bool sender_is_pattern = false, recipient_is_pattern = false;
    bool first_only = false;                   // -qi: messages that have not been tried
    bool local_only = false;                   // -ql: local deliveries alone
    std::string queue;                         // -qGname: that queue; empty: the one without a name
    bool two_stage = false;                    // -qq: local deliveries and routing first, then all else
    std::vector<std::uint32_t> ages;           // -Tqt: what the messages' ages seem to be, in seconds
    bool joins_only = false;                   // with ids: waits for attempts that are due, starts none
    bool prompt = false;                       // with ids: tried now, retry times and freezing counted (-Mc)
    bool pretend = false;                      // -N: nothing is carried; sticks to the messages
    bool wait = false;                         // reply when the run is over: -q in the foreground, -odi
    std::vector<std::string> ids;              // -M: just these; with force
    std::string said;                          // the options as given, for "Start queue run: pid=7 -qqf -R x"
    static void fields(auto& self, auto&& field)
    {
        field("force", self.force);
        field("thaw", self.thaw);
        field("start_id", self.start_id);
        field("end_id", self.end_id);
        field("sender_match", self.sender_match);
        field("recipient_match", self.recipient_match);
        field("sender_is_pattern", self.sender_is_pattern);
        field("recipient_is_pattern", self.recipient_is_pattern);
        field("first_only", self.first_only);
        field("local_only", self.local_only);
        field("queue", self.queue);
        field("two_stage", self.two_stage);
        field("ages", self.ages);
        field("joins_only", self.joins_only);
        field("prompt", self.prompt);
        field("pretend", self.pretend);
        field("wait", self.wait);
        field("ids", self.ids);
        field("said", self.said);
    }
};

// "Tell me what the log says of messages that I hand in, as it says it." For -v; until the connection ends.
struct Watch {
    static constexpr std::string_view name = "watch";
    using Reply = ipc::Done;
    static void fields(auto&, auto&&) {}
};
struct LogLine {
    static constexpr std::string_view name = "log_line";
    std::string id;
    std::string text; // without the id in front of it
    static void fields(auto& self, auto&& field)
    {
        field("id", self.id);
        field("text", self.text);
    }
};

// A line for the main log, from an administrator (-z).
struct Note {
    static constexpr std::string_view name = "note";
    using Reply = ipc::Done;
    std::string text;
    static void fields(auto& self, auto&& field) { field("text", self.text); }
};

// Numbers for status and metrics.
struct StatusReply {
    std::uint64_t messages = 0, active = 0, deferred = 0, frozen = 0;
    std::uint64_t deliveries = 0, deferrals = 0, failures = 0; // since start
    // Messages of up to so many seconds, and the older ones last.
    static constexpr std::uint32_t ages[] = {60, 300, 900, 3600, 14400, 86400, 345600};
    std::vector<std::uint64_t> by_age;
    std::uint64_t segments = 0, spare_segments = 0; // of the spool …
    std::uint64_t spool_octets = 0, live_octets = 0;
    std::uint64_t barriers = 0, taken = 0; // … and of spoold since it started: waits for the disk, messages
    std::uint64_t link_outage = 0;         // for how many seconds our link has been out now; 0: it is not (link_watch.h)
    static void fields(auto& self, auto&& field)
    {
        field("messages", self.messages);
        field("active", self.active);
        field("deferred", self.deferred);
        field("frozen", self.frozen);
        field("deliveries", self.deliveries);
        field("deferrals", self.deferrals);
        field("failures", self.failures);
        field("by_age", self.by_age);
        field("segments", self.segments);
        field("spare_segments", self.spare_segments);
        field("spool_octets", self.spool_octets);
        field("live_octets", self.live_octets);
        field("barriers", self.barriers);
        field("taken", self.taken);
        field("link_outage", self.link_outage);
    }
};
struct Status {
    static constexpr std::string_view name = "status";
    using Reply = StatusReply;
    bool by_state = true; // all but the first two and what became of addresses: each message is looked at
    bool one_queue = false; // `messages` are those in `queue`
    std::string queue;
    static void fields(auto& self, auto&& field)
    {
        field("by_state", self.by_state);
        field("one_queue", self.one_queue);
        field("queue", self.queue);
    }
};

// What administrators ask and order about accounts: see accounts.h.
struct AccountListed {
    std::string name, state, why;
    std::uint64_t messages = 0, delivered = 0, deferred = 0, failed = 0;
    std::uint64_t hour = 0, usual = 0; // messages
    static void fields(auto& self, auto&& field)
    {
        field("name", self.name);
        field("state", self.state);
        field("why", self.why);
        field("messages", self.messages);
        field("delivered", self.delivered);
        field("deferred", self.deferred);
        field("failed", self.failed);
        field("hour", self.hour);
        field("usual", self.usual);
    }
};

struct AccountsReply {
    std::vector<AccountListed> accounts; // when nothing was ordered
    std::vector<std::string> lines;      // what was done, one for each message
    static void fields(auto& self, auto&& field)
    {
        field("accounts", self.accounts);
        field("lines", self.lines);
    }
};
struct AskAccounts {
    static constexpr std::string_view name = "ask_accounts";
    static constexpr std::size_t max_size = 8 * 1024 * 1024;
    using Reply = AccountsReply;
    std::string order;   // empty: a list; "hold", "release", or "delete": release, and remove what was held
    std::string account; // "login:ann"
    std::string who;     // login name of the administrator
    static void fields(auto& self, auto&& field)
    {
        field("order", self.order);
        field("account", self.account);
        field("who", self.who);
    }
};

}
