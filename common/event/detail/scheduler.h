// The room's own view of the loop: fibers, what they wait for, and who wakes them.
//
// A fiber waits in one place at a time. The place is a slot: a FiberState* in the object waited on
// (a Notice, an FdWatch, a Gate's ticket). Slot and fiber know each other, so that whichever goes
// first leaves no dangling pointer behind: waking and timing out clear both, and an object that is
// destroyed wakes its waiter, which then looks at nothing but itself.
//
// Fibers are workers: when a body ends, the fiber and its stack take the next body, so that a
// conversation costs no mmap and no new context.
#pragma once

#include <boost/context/fiber.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>
#include <vector>

#include "common/base/task.h"
#include "common/event/detail/stack.h"
#include "common/event/detail/timer_heap.h"
#include "common/event/loop.h"

struct event;
struct event_base;

namespace gp::event {

class OffloadPool;

enum class Wake : std::uint8_t {
    notified, // what was waited for happened
    timeout,  // the deadline passed
    gone,     // the object waited on was closed or destroyed
};

// What the C++ runtime keeps per thread about exceptions under way; each fiber has its own.
struct ExceptionState {
    void* caught = nullptr;
    unsigned int uncaught = 0;
};

// Thrown through a suspended fiber when its loop is destroyed, so that its destructors run.
struct Unwound {};

void abandon_signals(); // in a forked child: watched signals get their defaults back

struct FiberState final : TimerNode {
    void due(TimePoint now) override;

    boost::context::fiber context; // where it is suspended; empty while it runs
    boost::context::fiber caller;  // the loop's context, while it runs
    Stack stack;
    Task body;
    FiberState* next_ready = nullptr;
    FiberState** slot = nullptr; // where somebody finds us to wake us
    TimePoint until{};           // of the present wait; `when` in the heap may be earlier
    ExceptionState exceptions;
    void* fake_stack = nullptr; // the address sanitizer's
    std::size_t number = 0;     // place in Scheduler::all
    std::uint64_t born = 0;     // which conversation this is, of all there ever were
    Wake reason = Wake::notified;
    bool waiting = false;
    bool has_body = false;
    bool unwinding = false;
    bool quit = false;
    char name[31] = {};
    std::uint8_t name_length = 0;
};

class Scheduler {
public:
    explicit Scheduler(const Loop::Limits& limits);
    ~Scheduler();
    Scheduler(const Scheduler&) = delete;
    Scheduler& operator=(const Scheduler&) = delete;

    static Scheduler& current();
    static Scheduler* current_or_null();
    static void abandon_after_fork();
    // The fiber that runs; panics outside of one.
    static FiberState& self();

    Status spawn(std::string_view name, Task body);
    void defer(Task callback);
    void run(bool until_idle);
    void stop() { stopping_ = true; }
    // Before destruction, while everything still works: threads end, fibers are unwound.
    void end();

    // Suspends the running fiber until it is woken through `slot` or the deadline passes.
    Wake wait(FiberState*& slot, Deadline until);
    // Wakes who waits in `slot`, if anybody does.
    static void wake(FiberState*& slot, Wake reason);
    void yield();

    TimerHeap& timers() { return timers_; }
    void timers_changed(); // the first timer may be an earlier one now
    OffloadPool& offload();

    event_base* base() { return base_; }
    std::size_t live() const { return live_; }
    FiberState* running() const { return running_; }

private:
    friend struct FiberState;

    // Gives back stacks that a burst left behind.
    struct Trim final : TimerNode {
        explicit Trim(Scheduler& whose) : scheduler(whose) {}
        void due(TimePoint now) override;
        Scheduler& scheduler;
    };

    Result<FiberState*> take_worker();
    FiberState* make_worker();
    void finish(FiberState& fiber);
    void destroy(FiberState* fiber);
    void make_ready(FiberState& fiber);
    void resume(FiberState& fiber);
    void switch_out(FiberState& fiber);
    void suspend(FiberState& fiber);
    void work(FiberState& fiber);
    void run_body(FiberState& fiber);
    void run_ready();
    void run_deferred();
    void fire_timers();
    void arm();
    void unwind_all();

    const Loop::Limits limits_;
    event_base* base_ = nullptr;
    ::event* alarm_ = nullptr; // fires when the first timer is due
    TimePoint alarm_at_ = TimePoint::max();
    TimerHeap timers_;
    std::vector<Task> deferred_;
    std::vector<Task> spare_; // keeps the memory of the last turn's
    std::uint64_t births_ = 0;
    std::vector<std::unique_ptr<FiberState>> all_;
    std::deque<FiberState*> idle_; // the one that ended last is taken first: its stack is in the cache
    std::size_t least_idle_ = 0;   // since the last look at the pool
    FiberState* ready_first_ = nullptr;
    FiberState* ready_last_ = nullptr;
    std::vector<FiberState*> yielded_;
    FiberState* running_ = nullptr;
    void* fake_stack_ = nullptr;
    const void* thread_stack_ = nullptr; // the loop's own stack, as the sanitizer tells it
    std::size_t thread_stack_size_ = 0;
    void* exceptions_of_thread_;
    std::size_t live_ = 0;
    std::unique_ptr<OffloadPool> offload_;
    Trim trim_;
    bool stopping_ = false;
    bool ending_ = false;
};

}
