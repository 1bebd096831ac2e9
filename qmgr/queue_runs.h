// Queue runs: by the timer (-q30m), by an operator (-q, -qf, -qff, -R, -S) and for single messages (-M, and
// the wait of -odi). A run walks the index in order of id and starts what is due; in a short queue it looks
// at every message, as Exim does, so that the log says why each of them waits.
//
// A run is one fiber. It ends when the attempts that it started have ended, and the reports that they made
// have had their own first attempt.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "qmgr/admission.h"
#include "qmgr/core.h"
#include "qmgr/protocol.h"
#include "qmgr/recorder.h"
#include "qmgr/regex.h"

namespace gp::qmgr {

// The options of a run as the log shows them: "-qf -R postmaster".
std::string run_options(const Run& order);

class QueueRuns {
public:
    QueueRuns(Core& core, Admission& admission, Recorder& recorder)
        : core_(core), admission_(admission), recorder_(recorder)
    {}

    // Whether the caller may have this message tried; suspends.
    using Permit = std::function<bool(const QueueId& id)>;
    // From the first message to the end of the last attempt. Suspends.
    // With a connection that was turned around, what goes over it.
    RunReply run(const Run& order, const Permit& permit = {}, std::shared_ptr<Turned> turned = {});
    // Whether a message waits for it; with no answer in time there may be one. Suspends.
    bool has_mail(const Turned& turned, event::Deadline until);
    // By the timer, unless queue_run_max of them are running.
    void timed();
    // An attempt is over, and these reports came of it.
    void over(const QueueId& id, const std::vector<std::uint64_t>& runs, const std::vector<QueueId>& reports);
    // Returns when these have had their first attempt, in a one-shot suite; at once in any other. Suspends.
    void let_go_first(const std::vector<QueueId>& reports);
    std::size_t running() const { return runs_.size(); }

private:
    struct Running {
        std::uint64_t number = 0;
        Run order;
        Permit permit;                           // of messages that are named; empty: all
        std::shared_ptr<Turned> turned;
        std::int64_t patience_ends = 0;          // seconds: until then messages that are named may yet arrive
        std::multiset<QueueId> waiting;          // whose attempts it waits for
        std::map<QueueId, std::int64_t> reports; // made by them, and when that became known
        std::size_t started = 0;
        std::size_t considered = 0;
        bool selected = false; // -R, -S: one was found, and tried whatever the retry times say
        event::Notice changed;
    };

    void walk(Running& run);
    void wait_for_arrival(Running& run, const QueueId& id) const;
    void take_named(Running& run);
    void take_notice(Running& run, const QueueId& id) const;
    void take_prompt(Running& run, const QueueId& id, const IndexEntry& entry);
    bool consider(Running& run, const QueueId& id);
    bool consider_turned(Running& run, const QueueId& id);
    bool is_for(const Turned& turned, const QueueId& id);
    bool join_first_attempt(Running& run, const QueueId& id, const IndexEntry& entry);
    bool consider_frozen(Running& run, const QueueId& id, Attempt& attempt);
    bool matches(const Run& order, const QueueId& id);
    bool contains(std::string_view text, const std::string& wanted, bool is_pattern) const;
    bool is_due(const Running& run, const IndexEntry& entry) const;
    bool start(Running& run, const QueueId& id, Attempt attempt);
    void wait_for(Running& run, const QueueId& id);
    void wait_until(Running& run, std::size_t left);
    bool waits_for_pace(const Message& message) const;
    bool is_lost(const Running& run, const QueueId& id) const;
    void wait_for_reports(Running& run);
    bool is_settled(Running& run, const QueueId& report, std::int64_t known_since);
    bool is_overloaded() const;
    bool must_queue() const;

    Core& core_;
    Admission& admission_;
    Recorder& recorder_;
    RegexMatcher regex_ = pcre_matcher();
    std::map<std::uint64_t, std::unique_ptr<Running>> runs_;
    std::uint64_t last_number_ = 0;
    std::size_t timed_running_ = 0;
    std::deque<QueueId> ended_; // lately: a report may be faster than the news of it
};

}
