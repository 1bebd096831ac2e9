// A message that is being worked on: its envelope, and what has become of each final address so far.
//
//   Message ──owns──▶ Piece   one final address below a recipient: one line in the log
//       └────owns──▶ Group   pieces with the same instruction: one job of the scheduler
//
// Invariants: every recipient that is not done has at least one piece or is complete; open[r] counts the
// pieces of recipient r that are not done; unsettled counts those that wait or are being delivered, and when
// it is 0 the attempt is closed.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/event/loop.h"
#include "common/ipc/channel.h"
#include "common/mail/envelope.h"
#include "delivery/protocol.h"
#include "qmgr/job.h"
#include "qmgr/list_answers.h"
#include "qmgr/queue_id.h"
#include "qmgr/turns.h"
#include "router/protocol.h"

namespace gp::qmgr {

class Turned;

// How an attempt is made; what -q, -qf, -M and the arrival of a message differ in.
struct Attempt {
    bool queue_run = false;           // local and routing retry times count
    bool forced = false;              // no retry time counts, hold_domains neither
    bool thaw = false;                // a frozen message is thawed
    std::int64_t seeming_age = -1;    // in a test: seconds; negative: the true age counts
    bool local_only = false;          // -ql: remote deliveries wait for another run
    bool pretend = false;             // -N: nothing is carried, from now on
    bool thaw_told = false;           // and the log says so already
    bool quiet = false;               // after trouble of our own: what merely waits is not logged again
    bool override_queue_only = false; // -odi, -odb
    std::string slowed_for;           // the account whose turn it waits for
    std::string cancelled_by;         // no attempt: it is given up, by this user or option
    std::vector<std::uint64_t> runs;  // queue runs that wait for it
    // By ATRN: over this connection, and of the recipients that it is for; the others are left alone. Such an attempt is
    // forced, but for what an operator holds.
    std::shared_ptr<Turned> turned;
    bool was_promised = false; // an attempt of the usual kind, which it gets afterwards
};

enum class PieceState : std::uint8_t {
    waiting,   // in a job, or held until its job is handed in
    in_flight, // with an agent
    delivered,
    discarded, // :blackhole:, on purpose
    failed,
    deferred, // the world's fault: its retry time counts
    troubled, // our own fault: tried again soon
    parked,   // its destination's queue is long
    orphaned, // its agent died: what happened is asked of spoold
};

struct Piece {
    std::uint32_t recipient = 0; // index into the envelope
    std::uint32_t group = 0;     // meaningful while waiting or in flight
    PieceState state = PieceState::waiting;
    bool recorded = false; // the spool knows that it is done
    bool error_ignored = false;
    bool timed_out = false;
    bool log_as_local = false;
    bool of_filter = false; // made by the system filter
    bool hidden = false; // reports do not name its address (hide_child_in_errmsg)
    std::string unique, address, local_part, domain, prefix, suffix, kind, parent;
    std::string logged_as; // Unrouted::logged_as
    std::vector<std::string> ancestors; // Delivery::ancestors
    std::uint32_t depth = 0;            // Delivery::depth
    std::string retry_key; // of a local delivery, or of routing
    std::vector<std::string> also; // recipients that came to the same address …
    std::vector<std::uint32_t> riders; // … by their index: each has this piece in its `open`, and is done with it
    std::uint32_t copies = 0;      // Delivery::copies
    std::uint32_t rank = 0;        // its domain's place in remote_sort_domains
    std::string one_time;  // the address that takes the recipient's place when this waits
    std::string errors_to; // "": the sender; "<>": nobody
    std::string router, transport;
    // of a deferral
    std::int64_t next_try = 0;
    std::uint32_t waits_for = 0;
    std::string reason, told; // for the log and the operator; for the sender
    bool only_waits = false;     // nothing was tried: why it was deferred before still holds
    bool raises_events = false;  // of its transport
    std::uint32_t failed_as = 0; // which of the message's failures it is, from 1
    // of a failure, and of a success that somebody wants to hear of
    std::unique_ptr<delivery::Failure> failure;
};

struct Group {
    delivery::Deliver request; // what all its deliveries share; targets are filled in for each
    Agent agent = Agent::remote;
    std::string destination;
    std::size_t transport_limit = 0;
    std::size_t part = 1;
    std::vector<std::uint32_t> pieces;
    std::vector<std::shared_ptr<Meter>> meters; // since it was handed in
    std::shared_ptr<Meter> parked_by; // the one with too many waiting jobs; null: its destination has them
    bool turned = false; // over the connection that ATRN turned around (Attempt::turned)
    JobId job = 0; // 0: not handed in yet, or over
};

// What is still to be told of a message: an event waits for router, and the lines behind it for the event.
struct Telling {
    std::string line; // or else an event:
    std::string transport;
    std::vector<router::Option> facts;
    bool is_record = false; // the line is one of JSON
};
struct Narrative {
    mail::Envelope about; // id and origin
    std::unique_ptr<router::ExpandOption> question; // what all its events have in common: a message may have thousands
    std::deque<Telling> still;
    std::shared_ptr<ipc::Channel> router; // one process hears all of it, so that what it logs is in order
    bool is_told = false; // a fiber is at it
    event::Notice done;
};

struct Message {
    std::uint64_t number = 0; // of this attempt; unique while we live
    QueueId id;
    std::string ticket;
    mail::Envelope envelope;
    std::uint64_t size = 0;    // as it travels: lines end with CRLF
    std::uint32_t lines = 0;
    std::int64_t received = 0; // microseconds
    bool has_envelope = false;
    bool is_prepared = false; // its pieces are there
    bool uncertain = false; // its last delivery may have happened already
    bool first = false;     // its first attempt
    Attempt attempt;

    std::vector<Piece> pieces;
    std::vector<Group> groups;
    std::vector<std::uint32_t> open; // by recipient: pieces that are not done
    std::vector<bool> recorded;      // by recipient: the spool knows that it is done
    std::size_t counted = 0;         // recipients that count towards queue_active_recipients
    std::size_t unsettled = 0;
    std::size_t local_jobs = 0, remote_jobs = 0; // handed in and not over
    std::size_t next_local = 0, next_remote = 0; // groups to hand in next: see dispatch.h
    std::int64_t hold_remote_until = 0;          // seconds; remote deliveries wait for local ones
    bool orphaned = false;                       // some piece is
    bool troubled = false;                       // routing or spool failed us; nothing more is started
    bool closing = false;                        // its end is being recorded
    bool freeze = false;
    std::string freeze_why;
    std::vector<std::uint32_t> timed_out; // pieces whose time ran out, still to be told
    std::uint32_t failures = 0;
    std::string freeze_line;                     // what the log says of it, in place of that
    std::string held_for;                        // the account that is held
    std::int64_t slowed_until = 0;               // seconds
    std::string removed_by;                      // the operator: it goes when this attempt ends
    bool freeze_told = false;                    // the log says so already
    std::unique_ptr<router::SystemFiltered> filtered; // what the system filter said, until its pieces are made
    std::uint32_t filter_hangs_below = 0;        // the recipient that has them
    bool originals_ignored = false;              // all recipients are done when the filter's own deliveries are
    bool is_edited = false;                      // the spool does not have this envelope yet
    std::shared_ptr<Narrative> narrative; // from the first event on
    std::string headers;    // for events that look at them
    std::unique_ptr<ListAnswers> retry_answers; // where retry rules have lists that router matches
    event::Notice released; // spoold says that no agent holds it any more

    std::uint64_t shown_size() const { return size - std::min<std::uint64_t>(size, lines); } // $message_size
    std::int64_t received_seconds() const { return received / 1'000'000; }
    bool is_done(std::uint32_t recipient) const { return envelope.recipients[recipient].done; }
    const std::string& return_path(const Piece& piece) const;
    Owner owner() const; // with whom it takes turns
    // The address that a report about this piece goes to; empty: nobody, for the sender is the null one.
    std::string report_to(const Piece& piece) const;
    // A new piece of a recipient that is not done.
    Piece& add_piece(std::uint32_t recipient, std::string_view address);
    // The piece is done, whether delivered, thrown away or reported.
    void finish(Piece& piece);
    bool all_done() const;
    // What one_time redirections made and is not done yet takes the recipient's place (manual 22.7). True when the
    // envelope has changed.
    bool replace_by_one_time();
    // Recipients that a filter left out are done with the last of its own deliveries.
    void settle_ignored();
    std::size_t recipients_left() const;
};

}
