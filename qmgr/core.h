// What the parts of qmgr have in common: parameters, clock, the other services, and the tables that all of
// them read and write. Owned by the manager; single-threaded, so whoever runs has it to himself until he
// suspends. After a suspension a Message is looked up again by its number.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "common/base/clock.h"
#include "common/ipc/link.h"
#include "common/mainlog/log_selector.h"
#include "qmgr/accounts.h"
#include "qmgr/index.h"
#include "qmgr/link_watch.h"
#include "qmgr/message.h"
#include "qmgr/paces.h"
#include "qmgr/parameters.h"
#include "qmgr/retry_book.h"
#include "qmgr/route_cache.h"
#include "qmgr/scheduler.h"
#include "qmgr/spectators.h"

namespace gp::qmgr {

struct Links {
    ipc::Link& spoold;
    ipc::Link& router;
    ipc::Link& remote;
    ipc::Link& launcher;
    ipc::Link& bounce;
    ipc::Link* host = nullptr; // of a guest: the qmgr that owns the hints
    ipc::Link& agent(Agent which) const { return which == Agent::remote ? remote : launcher; }
};

struct Counters {
    std::uint64_t deliveries = 0, deferrals = 0, failures = 0;
};

struct Core {
    Core(const Parameters& given, const Links& others, const Clock& time,
         std::unique_ptr<RetryBook> retry_book, std::unique_ptr<hints::Store> account_store = {},
         std::unique_ptr<hints::Store> link_store = {});

    Parameters parameters;
    mainlog::LogSelector selector;
    Links links;
    const Clock& clock;
    Index index;
    LinkWatch link;
    std::unique_ptr<RetryBook> book;
    RouteCache routes;
    Paces paces;
    Scheduler scheduler;
    Counters counters;
    Spectators spectators;
    Accounts accounts;
    std::unordered_map<std::uint64_t, std::unique_ptr<Message>> active;
    std::size_t active_recipients = 0;
    std::size_t to_prepare = 0; // active ones whose preparation has not begun
    bool stopping = false;              // nothing new is started
    std::function<void()> kick = [] {}; // have the manager look for work at the end of this turn of the loop

    // Puts a line into the main log and returns when it is in the file; without it lines go as others do. Suspends.
    std::function<gp::Status(std::string_view line)> write_line;

    bool has_hints = true; // of a guest: once they have come
    // Of a guest: these messages are its own when this comes back, or all without ids. Suspends.
    std::function<gp::Status(const std::vector<std::string>& ids)> borrow;

    // Of messages that were frozen when they came, lately: the report of freeze_tell, and before it is made an empty id.
    std::map<QueueId, QueueId> freeze_notices;

    // Messages that an operator wanted removed while they could not be, and who it was; whatever tries one finds it here.
    std::map<QueueId, std::string> removals;

    Message* find(std::uint64_t number);
    void count_recipients(Message& message); // once for each message
    void forget(Message& message);           // no longer active; the reference is dead afterwards
    // How many messages may wait in memory for one destination when one more comes: what is parked takes two readings.
    std::size_t room_for_one_destination() const;
    bool has_whole_queue = false;            // the index was read from the spool to its end, once
    event::Deadline answer_deadline() const; // of an answer of router, spoold or bounce
    // A line about this message, which begins with its id: to the log, and to who watches.
    void say(const Message& message, std::string_view line)
    {
        if (message.narrative && message.narrative->is_told)
            message.narrative->still.push_back({std::string(line), {}, {}});
        else
            spectators.say(message.envelope, line);
    }
    // About one of its addresses: nothing, where its router or transport has disable_logging.
    void say(const Message& message, const Piece& piece, std::string_view line);
    // What an operator did: whoever is killed, it is in the log before he is answered. Suspends.
    void say_surely(std::string_view line) const;
    // A line of JSON, behind the line that it belongs to.
    void say_record(const Message& message, const std::string& record);
    std::int64_t age(const Message& message) const
    {
        const auto seeming = message.attempt.seeming_age;
        return seeming >= 0 ? seeming : clock.seconds() - message.received_seconds();
    }
    std::int64_t received(const Message& message) const { return clock.seconds() - age(message); } // seconds, as it seems
    std::int64_t microseconds() const;
    std::int64_t on_queue(const mail::Envelope& envelope) const; // QT=: since it began to come, or had come (log_selector)
    static Accounts::Settings account_settings(const Parameters& parameters);
    static LinkWatch::Settings link_settings(const Parameters& parameters);
    static Scheduler::Limits scheduler_limits(const Parameters& parameters);
};

}
