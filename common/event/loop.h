// The process's one event loop and its fibers.
//
// A conversation is a function on a fiber (a Boost.Context stack): it reads from top to
// bottom and suspends where it waits. libevent and Boost are known to this room alone. One
// Loop per thread at most; Loop::current() is the one that runs here.
//
//     event::Loop loop;
//     loop.spawn("client 3", [&] { Session{stream}.run(); });
//     loop.run();                       // until stop(), or until no fiber is left (run_until_idle)
//
// Rules: never suspend inside a catch block, never hold a lock across a suspension, never
// block the thread (use offload() for what blocks), never wait in a destructor. A fiber that
// still waits when its Loop is destroyed is unwound: its destructors run. A Loop ignores SIGPIPE.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/owned_fd.h"
#include "common/base/result.h"
#include "common/base/task.h"
#include "common/event/deadline.h"

struct event_base;

namespace gp::event {

struct FiberState; // in detail/

class Loop {
public:
    struct Limits {
        std::size_t stack_size = 128 * 1024; // of one fiber, guard page not counted
        std::size_t fibers = 20000;          // more are refused: spawn() returns an error
        std::size_t pooled_stacks = 64;      // kept for reuse; more than that only while they are used
        unsigned offload_threads = 4;
    };

    Loop();
    explicit Loop(const Limits& limits);
    ~Loop();
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    static Loop& current(); // panics where this thread has none
    // In the child after fork(): forgets the parent's loop without touching what they share, so that
    // the child may make one of its own; handlers of watched signals go back to their defaults.
    static void abandon_after_fork();
    event_base* base(); // for libraries with their own libevent adapter only

    void run();            // until stop()
    void run_until_idle(); // until stop() or until no fiber is left: for tools and tests
    void stop();
    // Unwinds all fibers and ends the threads, while what they refer to still lives; nothing can be spawned
    // afterwards. The destructor does it where nobody did.
    void end();

    // A new conversation; it starts in this turn of the loop, after the current one suspends.
    // An exception that escapes `body` is a bug: panic.
    Status spawn(std::string_view name, Task body);

    // Once, at the end of this turn of the loop, outside of any fiber: for batching writes.
    void defer(Task callback);

    std::size_t fibers() const;

private:
    friend struct Access;
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// --- what a fiber may do; each panics outside of a fiber ---

bool in_fiber();
std::string_view fiber_name();
void sleep_for(Duration wait);
void sleep_until(Deadline when);
void yield(); // lets others run, comes back in the next turn

// Runs `work` on the pool of threads and suspends until it is done. `work` must not touch
// anything that fibers touch meanwhile.
void offload(Task work);

// One fiber waits, anybody on this thread wakes. The notice is kept when nobody waits yet.
class Notice {
public:
    Notice();
    ~Notice();
    Notice(const Notice&) = delete;
    Notice& operator=(const Notice&) = delete;
    void notify();
    bool wait(Deadline until); // true when notified, false when the deadline passed

private:
    FiberState* waiting_ = nullptr; // a slot, see detail/scheduler.h
    bool notified_ = false;
};

// At most `limit` holders at once; the others wait in order of arrival.
class Gate {
public:
    explicit Gate(std::size_t limit);
    ~Gate();
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;
    bool enter(Deadline until); // false when the deadline passed
    void leave();
    std::size_t inside() const;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

// A timer with a callback outside of any fiber; cancelled by destruction.
class Timer {
public:
    explicit Timer(Task callback);
    ~Timer();
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;
    void start(Duration after);          // once; restarts when running
    void start_every(Duration interval); // repeated
    void cancel();
    bool running() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// A signal as a callback outside of any fiber, never in the handler itself.
class SignalWatch {
public:
    SignalWatch(int signal, Task callback);
    ~SignalWatch();
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// A descriptor's readiness. One persistent edge-triggered event for its whole life, so that
// waiting costs no epoll_ctl; interest in writing is added at the first wait for it. One fiber may
// wait for reading and one for writing. A regular file is not pollable: it is always ready.
class FdWatch {
public:
    explicit FdWatch(int fd); // does not own it; must be non-blocking
    ~FdWatch();
    FdWatch(const FdWatch&) = delete;
    FdWatch& operator=(const FdWatch&) = delete;
    // Call after EAGAIN; false when the deadline passed. wake() makes both return false at once.
    bool wait_readable(Deadline until);
    bool wait_writable(Deadline until);
    void wake(); // for closing from another fiber: waiters return false from now on
    // The kernel said that the peer will send no more. When this is false, a read that returned less
    // than was asked for has emptied the descriptor, and the next one may be preceded by a wait.
    bool hung_up() const;
    // Instead of a fiber: called outside of any fiber each time the descriptor becomes readable.
    // Read until EAGAIN.
    void on_readable(Task callback);
    // Calls on_readable's callback in the next turn, as if there were news.
    void report_again();
    // After EAGAIN, instead of a fiber: called once, outside of any fiber, when writing may go on.
    void when_writable(Task callback);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}
