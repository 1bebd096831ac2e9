// The spool's owner and those who may talk to it.
//
//   cleanup    LargePart, Commit, IsCommitted       puts messages in
//   qmgr       Snapshot, GetEnvelope, Record        learns of them, records deferrals and edits; Borrow, of a guest
//   agents     Fetch, Finishing, Delivered, Lease   read one message by ticket, record success
//   operators  through qmgr and the control socket
//
// A ticket is a keyed digest over the message id; the key lives in the spool, so an agent that was at work
// while spoold was restarted can still say what it delivered. Whoever holds a ticket may read that message
// and record deliveries of it, nothing else. Who may send what goes by the channel's service: cleanup puts
// in, qmgr schedules, everybody else needs a ticket.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/ipc/message.h"

namespace gp::spoold {

inline constexpr std::size_t part_size = 256 * 1024;

// --- cleanup ---

// The body of a large message while it arrives. The first part (offset 0) opens the file.
struct LargePart {
    static constexpr std::string_view name = "large_part";
    static constexpr std::size_t max_size = part_size + 1024;
    using Reply = ipc::Done;
    std::string id;
    std::uint64_t offset = 0;
    std::string octets;
    static void fields(auto& self, auto&& field)
    {
        field("id", self.id);
        field("offset", self.offset);
        field("octets", self.octets);
    }
};

// What has come of it so far, to be looked at before it is committed.
struct LargeBody {
    ipc::Fd file; // read-only
    static void fields(auto& self, auto&& field) { field("file", self.file); }
};
struct ReadLarge {
    static constexpr std::string_view name = "read_large";
    static constexpr bool repeatable = true;
    static constexpr std::size_t max_size = 1024;
    using Reply = LargeBody;
    std::string id;
    static void fields(auto& self, auto&& field) { field("id", self.id); }
};

// "Make this message ours." The reply comes when it is on stable storage. `envelope` is a
// mail::Envelope in the spool's form (common/spool/fields.h); `headers` ends with the empty line's
// CRLF left out; `log_line` goes to the main log at the moment of the commit, before qmgr hears of it.
struct Commit {
    static constexpr std::string_view name = "commit";
    static constexpr std::size_t max_size = 8 * 1024 * 1024;
    using Reply = ipc::Done;
    std::string id;
    std::string envelope;
    std::string headers;
    std::string body;          // empty when the body went ahead in LargeParts
    bool large = false;
    std::uint64_t large_size = 0; // octets of body that went ahead
    std::string log_line;
    std::string settles;       // see mail::Envelope::settles: done in the same record
    std::vector<std::uint32_t> settles_recipients;
    static void fields(auto& self, auto&& field)
    {
        field("id", self.id);
        field("envelope", self.envelope);
        field("headers", self.headers);
        field("body", self.body);
        field("large", self.large);
        field("large_size", self.large_size);
        field("log_line", self.log_line);
        field("settles", self.settles);
        field("settles_recipients", self.settles_recipients);
    }
};

struct LargeAbandon {
    static constexpr std::string_view name = "large_abandon";
    std::string id;
    static void fields(auto& self, auto&& field) { field("id", self.id); }
};

struct IsCommittedReply {
    bool committed = false;
    static void fields(auto& self, auto&& field) { field("committed", self.committed); }
};
// A no is remembered: a later Commit of this id is refused.
struct IsCommitted {
    static constexpr std::string_view name = "is_committed";
    static constexpr bool repeatable = true;
    using Reply = IsCommittedReply;
    std::string id;
    static void fields(auto& self, auto&& field) { field("id", self.id); }
};

// May mail come in now? Told to a cleanup that has sent WatchSpace, each time it changes.
struct Space {
    static constexpr std::string_view name = "space";
    bool accepting = true;         // false: write errors, or nearly full
    std::uint64_t free_octets = 0; // of the spool's file system
    std::uint64_t free_inodes = 0;
    static void fields(auto& self, auto&& field)
    {
        field("accepting", self.accepting);
        field("free_octets", self.free_octets);
        field("free_inodes", self.free_inodes);
    }
};

// "What is it now, and tell me from now on."
struct WatchSpace {
    static constexpr std::string_view name = "watch_space";
    static constexpr bool repeatable = true;
    using Reply = Space;
    static void fields(auto&, auto&&) {}
};

// --- qmgr ---

struct Entry {
    std::string id;
    std::string ticket;
    std::uint64_t size = 0;       // headers and body
    std::uint32_t lines = 0;      // in them
    std::int64_t received = 0;    // microseconds
    std::int64_t next_try = 0;    // seconds; 0: at once
    bool frozen = false;
    bool leased = false;          // an agent holds it: its end will be told by Released
    bool uncertain = false;       // was being finished when its agent or we died: may be delivered twice
    std::string queue;            // named queue
    std::string envelope;         // spool's form; empty in a Snapshot's entries beyond the credit
    std::string reason;           // of the last deferral, where it was asked for
    static void fields(auto& self, auto&& field)
    {
        field("id", self.id);
        field("ticket", self.ticket);
        field("size", self.size);
        field("lines", self.lines);
        field("received", self.received);
        field("next_try", self.next_try);
        field("frozen", self.frozen);
        field("leased", self.leased);
        field("uncertain", self.uncertain);
        field("queue", self.queue);
        field("envelope", self.envelope);
        field("reason", self.reason);
    }
};

// Newly committed messages, one frame for a batch. To qmgr.
struct Arrived {
    static constexpr std::string_view name = "arrived";
    static constexpr std::size_t max_size = 16 * 1024 * 1024;
    std::vector<Entry> entries;
    static void fields(auto& self, auto&& field) { field("entries", self.entries); }
};

// Lines for the main log, of mail that a guest has received: its qmgr writes them, to the guest's log. In front of the
// Arrived that they belong to.
struct Logged {
    static constexpr std::string_view name = "logged";
    std::string line;
    static void fields(auto& self, auto&& field) { field("line", self.line); }
};

// An agent ended its lease on a message that qmgr did not hear of (qmgr or the agent died between). To qmgr.
struct Released {
    static constexpr std::string_view name = "released";
    std::string id;
    bool uncertain = false;
    static void fields(auto& self, auto&& field)
    {
        field("id", self.id);
        field("uncertain", self.uncertain);
    }
};

struct SnapshotReply {
    std::vector<Entry> entries; // without envelopes; in order of id
    bool more = false;
    static void fields(auto& self, auto&& field)
    {
        field("entries", self.entries);
        field("more", self.more);
    }
};
// The live messages after `after` that are this qmgr's, at most `most`. The first one subscribes the channel to
// Arrived.
struct Snapshot {
    static constexpr std::string_view name = "snapshot";
    static constexpr std::size_t max_size = 16 * 1024 * 1024;
    using Reply = SnapshotReply;
    std::string after;
    std::uint32_t most = 10000;
    static void fields(auto& self, auto&& field)
    {
        field("after", self.after);
        field("most", self.most);
    }
};

// A guest's qmgr: "have me schedule these" (all that wait, without ids). What the suite's qmgr is at work on it keeps.
// Once it is answered a Snapshot has them.
struct Borrow {
    static constexpr std::string_view name = "borrow";
    static constexpr std::size_t max_size = 1024 * 1024;
    using Reply = ipc::Done;
    std::vector<std::string> ids;
    static void fields(auto& self, auto&& field) { field("ids", self.ids); }
};

// "Which of these do you let go of?" To the suite's qmgr, which forgets them with its answer.
struct Recalled {
    std::vector<std::string> ids;
    static void fields(auto& self, auto&& field) { field("ids", self.ids); }
};
struct Recall {
    static constexpr std::string_view name = "recall";
    static constexpr std::size_t max_size = 1024 * 1024;
    static constexpr std::uint32_t most_at_once = 20'000;
    using Reply = Recalled;
    std::vector<std::string> ids; // none: any, up to most_at_once
    static void fields(auto& self, auto&& field) { field("ids", self.ids); }
};

struct GetEnvelope {
    static constexpr std::string_view name = "get_envelope";
    static constexpr bool repeatable = true;
    static constexpr std::size_t max_size = 8 * 1024 * 1024;
    struct Reply {
        Entry entry;
        std::string headers; // when asked for
        std::string body_start, body_end; // up to body_octets each
        static void fields(auto& self, auto&& field)
        {
            field("entry", self.entry);
            field("headers", self.headers);
            field("body_start", self.body_start);
            field("body_end", self.body_end);
        }
    };
    std::string id;
    bool want_headers = false;
    bool want_reason = false;
    std::uint32_t body_octets = 0; // of either end of the body, for filters
    static void fields(auto& self, auto&& field)
    {
        field("id", self.id);
        field("want_headers", self.want_headers);
        field("want_reason", self.want_reason);
        field("body_octets", self.body_octets);
    }
};

// The messages after `after` that are this qmgr's and match, at most `most`, with their envelopes and reasons: looked
// for where they lie, so that a long queue does not cross a channel for the sake of a few.
struct SearchReply {
    std::vector<Entry> entries; // in order of id
    std::string last;           // the last one that was looked at
    bool more = false;          // behind that one
    static void fields(auto& self, auto&& field)
    {
        field("entries", self.entries);
        field("last", self.last);
        field("more", self.more);
    }
};
struct Search {
    static constexpr std::string_view name = "search";
    static constexpr bool repeatable = true;
    static constexpr std::size_t max_size = 16 * 1024 * 1024;
    using Reply = SearchReply;
    std::string after;
    std::uint32_t most = 2000;
    std::string sender;    // a part of it, in any case; "<>": the null one
    std::string recipient; // a part of one that is not done, in any case
    bool one_queue = false;
    std::string queue;     // the named queue, when that is set
    static void fields(auto& self, auto&& field)
    {
        field("after", self.after);
        field("most", self.most);
        field("sender", self.sender);
        field("recipient", self.recipient);
        field("one_queue", self.one_queue);
        field("queue", self.queue);
    }
};

// What became of a message: qmgr's and the agents' words, appended with the next batch. The reply comes
// when it is on stable storage.
struct Record {
    static constexpr std::string_view name = "record";
    static constexpr std::size_t max_size = 8 * 1024 * 1024;
    using Reply = ipc::Done;
    enum class Kind : std::uint8_t {
        recipients_done, // `recipients`, `children`
        deferred,        // `next_try`, `reason`
        message_done,    // nothing is left to do: the message goes
        frozen,          // or thawed: `frozen`
        envelope,        // edited: `envelope` replaces it
    };
    Kind kind = Kind::deferred;
    std::string id;
    std::vector<std::uint32_t> recipients; // indexes into the envelope
    std::vector<std::string> children;     // Delivery::unique of what is done below them
    std::int64_t next_try = 0;
    std::string reason;
    bool frozen = false;
    std::string envelope;
    static void fields(auto& self, auto&& field)
    {
        field("kind", self.kind);
        field("id", self.id);
        field("recipients", self.recipients);
        field("children", self.children);
        field("next_try", self.next_try);
        field("reason", self.reason);
        field("frozen", self.frozen);
        field("envelope", self.envelope);
    }
};
constexpr Record::Kind enum_limit(Record::Kind)
{
    return Record::Kind::envelope;
}

// For metrics: how full the spool is, and what was done since spoold started.
struct NumbersReply {
    std::uint64_t segments = 0, spares = 0;
    std::uint64_t used_octets = 0, live_octets = 0;
    std::uint64_t barriers = 0; // waits for the disk
    std::uint64_t messages = 0; // that were committed
    static void fields(auto& self, auto&& field)
    {
        field("segments", self.segments);
        field("spares", self.spares);
        field("used_octets", self.used_octets);
        field("live_octets", self.live_octets);
        field("barriers", self.barriers);
        field("messages", self.messages);
    }
};
struct Numbers {
    static constexpr std::string_view name = "numbers";
    static constexpr bool repeatable = true;
    using Reply = NumbersReply;
    static void fields(auto&, auto&&) {}
};

// --- agents (remote, launcher, bounce) ---

struct Fetched {
    std::string headers; // CRLF lines, without the empty line that ends them
    std::string body;    // CRLF lines; empty for a large message
    ipc::Fd large;       // read-only descriptor of a large message's body
    std::uint64_t body_size = 0;
    bool no_leading_dots = false; // no line of the body begins with a dot: send it untouched
    static void fields(auto& self, auto&& field)
    {
        field("headers", self.headers);
        field("body", self.body);
        field("large", self.large);
        field("body_size", self.body_size);
        field("no_leading_dots", self.no_leading_dots);
    }
};
// Takes a lease on the message for as long as this channel lives or until Release.
struct Fetch {
    static constexpr std::string_view name = "fetch";
    static constexpr std::size_t max_size = 8 * 1024 * 1024;
    using Reply = Fetched;
    std::string id;
    std::string ticket;
    static void fields(auto& self, auto&& field)
    {
        field("id", self.id);
        field("ticket", self.ticket);
    }
};

// "May the final dot go out now?" (or the rename into the mailbox): from here to Delivered the outcome is
// uncertain if somebody dies. The reply comes when that is in the log, so that it can be named whoever is
// killed; no barrier is waited for. Refused for what another agent is finishing or has delivered: one word
// for each address, even when qmgr and we were restarted under an agent that lives on.
struct Finishing {
    static constexpr std::string_view name = "finishing";
    static constexpr std::size_t max_size = 1024 * 1024;
    static constexpr bool repeatable = true;
    using Reply = ipc::Done;
    std::string id;
    std::string ticket;
    std::uint64_t run = 0;             // which delivery of this agent it is: another one may have the same from a qmgr
                                       // that was killed
    std::vector<std::string> children; // Delivery::unique of those in flight
    static void fields(auto& self, auto&& field)
    {
        field("id", self.id);
        field("ticket", self.ticket);
        field("run", self.run);
        field("children", self.children);
    }
};

// These were delivered. Sent by the agent itself, so that the death of qmgr cannot deliver twice.
// Shares the next barrier; the reply comes when it is on stable storage. `recipients` are those of the
// envelope that are complete by it.
struct Delivered {
    static constexpr std::string_view name = "delivered";
    static constexpr std::size_t max_size = 1024 * 1024;
    using Reply = ipc::Done;
    std::string id;
    std::string ticket;
    std::vector<std::uint32_t> recipients;
    std::vector<std::string> children;
    static void fields(auto& self, auto&& field)
    {
        field("id", self.id);
        field("ticket", self.ticket);
        field("recipients", self.recipients);
        field("children", self.children);
    }
};

struct Release {
    static constexpr std::string_view name = "release";
    std::string id;
    std::string ticket;
    std::uint64_t run = 0; // as in Finishing
    bool lost = false;     // the agent cannot say how what it was finishing in this run ended
    static void fields(auto& self, auto&& field)
    {
        field("id", self.id);
        field("ticket", self.ticket);
        field("run", self.run);
        field("lost", self.lost);
    }
};

}
