// The queue manager: owns the schedule and wires its parts together.
//
//   Intake ──▶ Admission ──▶ Routing ──▶ Dispatch ──▶ Settle
//                  ▲                        │
//                  └──────── Closing ◀──────┘          QueueRuns, Operators work on Admission
//
// Everything happens on one thread. Whatever may have made work possible calls kick(); at the end of that
// turn of the loop pump() starts what can start, each conversation on a fiber of its own.
#pragma once

#include <deque>
#include <map>
#include <memory>

#include "common/base/owned_fd.h"
#include "common/event/loop.h"
#include "qmgr/admission.h"
#include "qmgr/closing.h"
#include "qmgr/core.h"
#include "qmgr/dispatch.h"
#include "qmgr/etrn.h"
#include "qmgr/intake.h"
#include "qmgr/operators.h"
#include "qmgr/queue_runs.h"
#include "qmgr/recorder.h"
#include "qmgr/reports.h"
#include "qmgr/routing.h"
#include "qmgr/settle.h"
#include "qmgr/shared_hints.h"

namespace gp::qmgr {

class Manager {
public:
    // Starts nothing yet. The retry book comes with its hints opened.
    Manager(const Parameters& parameters, const Links& links, const Clock& clock,
            std::unique_ptr<RetryBook> book, std::unique_ptr<hints::Store> account_store = {},
            std::unique_ptr<hints::Store> link_store = {});
    ~Manager();

    // Answers what spoold sends on its own account.
    ipc::Dispatcher& spool_notices() { return intake_; }
    ipc::Dispatcher& agent_notices() { return dispatch_; }
    // What guests ask.
    ipc::Dispatcher& guests() { return requests_; }
    // Outside of any fiber, once the loop runs: connects, and begins to work.
    void start();
    void stop(); // nothing new is started; hints go to their file
    // While stopping: agents are at work whose ends nobody else would log, or known ends are being recorded.
    bool is_busy() const;
    void reload(const Parameters& parameters, RetryRules rules);
    // A connection to the control socket, on its own fiber, until it closes.
    void serve(OwnedFd socket);
    // Looks at the clock: pauses that are over, timed runs, hints. The ticker calls it each second.
    void run_when_due(); // the timed queue runs
    void tick();

    Core& core() { return core_; }
    Desk desk()
    {
        return {core_, recorder_, admission_, runs_, [this](Message& message, const std::string& who) { remove_after(message, who); }};
    }
    QueueRuns& runs() { return runs_; }
    bool has_read_queue() const { return intake_.is_reconciled(); }
    std::size_t controls() const { return controls_; }

private:
    void kick();
    void pump();
    std::size_t most_preparing() const;
    void start_preparing();
    void go_on_next_turn();
    void start_closing();
    void prepare(std::uint64_t number);
    void may_close(Message& message);
    void remove_after(Message& message, const std::string& who);
    void join_host();
    bool admits(const Caller& caller);

    Core core_;
    Recorder recorder_;
    Settle settle_;
    Admission admission_;
    QueueRuns runs_;
    Reports reports_;
    Closing closing_;
    Dispatch dispatch_;
    Routing routing_;
    Intake intake_;
    HintsHost hints_;
    Requests requests_;
    bool goes_on_ = false;
    std::deque<std::uint64_t> to_prepare_, to_prepare_again_; // first attempts and others, which take turns
    bool is_firsts_turn_ = false;
    std::deque<std::uint64_t> to_close_;
    std::size_t preparing_ = 0, closing_now_ = 0, controls_ = 0;
    std::map<std::uint32_t, std::uint32_t> controls_of_; // by uid
    std::int64_t refusal_told_ = 0; // seconds
    bool kicked_ = false;
    bool started_ = false;
    std::int64_t next_run_ = 0, next_flush_ = 0;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
    std::unique_ptr<event::Timer> ticker_, first_run_;
};

}
