#include "common/event/detail/scheduler.h"

#include "common/event/detail/offload_pool.h"
#include "common/event/detail/sanitizer.h"

#include <boost/context/preallocated.hpp>
#include <boost/context/stack_context.hpp>
#include <cxxabi.h>
#include <event2/event.h>

#include <cstring>
#include <exception>

namespace gp::event {
namespace {

// Fibers that keep waking each other must not keep the loop from looking at its descriptors.
constexpr int most_rounds_per_turn = 32;

// How often the pool of stacks looks for surplus, and how many it gives back at once.
constexpr Duration trim_interval{1'000};
constexpr std::size_t most_trimmed = 500;

thread_local Scheduler* current_scheduler = nullptr;

// The stack is mapped by Stack and goes when the fiber has ended.
struct StackOwner {
    boost::context::stack_context allocate() { panic("stacks are given to fibers, never asked for"); }
    void deallocate(boost::context::stack_context&) { stack.unmap(); }
    Stack stack;
};

// A fiber gets its own state of exceptions and leaves the loop's in its place, and the other way round.
void swap_exceptions(void* of_thread, ExceptionState& saved)
{
    ExceptionState now;
    std::memcpy(&now, of_thread, sizeof now);
    std::memcpy(of_thread, &saved, sizeof saved);
    saved = now;
}

event_base* make_base()
{
    event_config* config = ::event_config_new();
    if (!config)
        panic("there is memory for an event loop");
    ::event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    ::event_config_set_flag(config, EVENT_BASE_FLAG_IGNORE_ENV);
    ::event_config_require_features(config, EV_FEATURE_ET | EV_FEATURE_O1 | EV_FEATURE_EARLY_CLOSE);
    event_base* base = ::event_base_new_with_config(config);
    ::event_config_free(config);
    if (!base)
        panic("the kernel has epoll");
    return base;
}

}

void FiberState::due(TimePoint now)
{
    if (!waiting || until == TimePoint::max())
        return;
    auto& scheduler = Scheduler::current();
    if (until > now) {
        scheduler.timers_.put(*this, until);
        return;
    }
    *slot = nullptr;
    slot = nullptr;
    reason = Wake::timeout;
    waiting = false;
    scheduler.make_ready(*this);
}

Scheduler::Scheduler(const Loop::Limits& limits)
    : limits_(limits), exceptions_of_thread_(abi::__cxa_get_globals()), trim_(*this)
{
    if (current_scheduler)
        panic("a thread has one loop");
    // libevent's warnings name descriptors that we handle ourselves, such as a file that is not pollable.
    ::event_set_log_callback([](int, const char*) {});
    base_ = make_base();
    alarm_ = ::event_new(
        base_, -1, 0, [](int, short, void* self) { static_cast<Scheduler*>(self)->fire_timers(); }, this);
    if (!alarm_)
        panic("there is memory for a timer");
    current_scheduler = this;
}

void Scheduler::end()
{
    stopping_ = true;
    offload_.reset();
    unwind_all();
    std::exchange(deferred_, {}).clear();
}

Scheduler::~Scheduler()
{
    ::event_free(alarm_);
    ::event_base_free(base_);
    current_scheduler = nullptr;
}

Scheduler& Scheduler::current()
{
    if (!current_scheduler)
        panic("a loop runs on this thread");
    return *current_scheduler;
}

Scheduler* Scheduler::current_or_null()
{
    return current_scheduler;
}

void Scheduler::abandon_after_fork()
{
    current_scheduler = nullptr;
}

FiberState& Scheduler::self()
{
    auto* running = current().running_;
    if (!running)
        panic("only a fiber may wait");
    return *running;
}

// --- fibers ---

FiberState* Scheduler::make_worker()
{
    auto stack = Stack::map(limits_.stack_size * stack_factor);
    if (!stack)
        return nullptr;
    all_.push_back(std::make_unique<FiberState>());
    auto& fiber = *all_.back();
    fiber.number = all_.size() - 1;
    fiber.stack = *stack;
    boost::context::stack_context context;
    context.sp = stack->top();
    context.size = stack->size;
    fiber.context = boost::context::fiber{std::allocator_arg,
                                          boost::context::preallocated{stack->top(), stack->size, context},
                                          StackOwner{*stack}, [this, &fiber](boost::context::fiber&& caller) {
                                              fiber.caller = std::move(caller);
                                              announce_arrival(nullptr, &thread_stack_, &thread_stack_size_);
                                              work(fiber);
                                              announce_leaving(nullptr, thread_stack_, thread_stack_size_);
                                              return std::move(fiber.caller);
                                          }};
    return &fiber;
}

Result<FiberState*> Scheduler::take_worker()
{
    if (ending_)
        return temporary("the process is ending", Cause::closed);
    if (live_ >= limits_.fibers)
        return temporary("too many conversations at once");
    if (!idle_.empty()) {
        FiberState* fiber = idle_.back();
        idle_.pop_back();
        least_idle_ = std::min(least_idle_, idle_.size());
        return fiber;
    }
    FiberState* fiber = make_worker();
    if (!fiber)
        return temporary("no memory for another conversation");
    return fiber;
}

Status Scheduler::spawn(std::string_view name, Task body)
{
    FiberState* fiber = TRY(take_worker());
    fiber->body = std::move(body);
    fiber->has_body = true;
    fiber->born = ++births_;
    fiber->name_length = static_cast<std::uint8_t>(std::min(name.size(), sizeof fiber->name));
    std::memcpy(fiber->name, name.data(), fiber->name_length);
    ++live_;
    make_ready(*fiber);
    return {};
}

void Scheduler::defer(Task callback)
{
    if (!ending_)
        deferred_.push_back(std::move(callback));
}

// What a fiber does all its life: one body after the other.
void Scheduler::work(FiberState& fiber)
{
    while (!fiber.quit) {
        run_body(fiber);
        fiber.has_body = false;
        fiber.unwinding = false;
        switch_out(fiber);
    }
}

void Scheduler::run_body(FiberState& fiber)
{
    try {
        Task body = std::move(fiber.body);
        if (body)
            body();
    } catch (const Unwound&) {
    } catch (const std::exception& escaped) {
        panic("no exception leaves fiber \"" + std::string(fiber.name, fiber.name_length) +
              "\": " + escaped.what());
    }
}

void Scheduler::resume(FiberState& fiber)
{
    running_ = &fiber;
    swap_exceptions(exceptions_of_thread_, fiber.exceptions);
    announce_leaving(&fake_stack_, fiber.stack.lowest, fiber.stack.size);
    fiber.context = std::move(fiber.context).resume();
    announce_arrival(fake_stack_, nullptr, nullptr);
    swap_exceptions(exceptions_of_thread_, fiber.exceptions);
    running_ = nullptr;
    if (!fiber.has_body && !fiber.quit)
        finish(fiber);
}

void Scheduler::switch_out(FiberState& fiber)
{
    announce_leaving(&fiber.fake_stack, thread_stack_, thread_stack_size_);
    fiber.caller = std::move(fiber.caller).resume();
    announce_arrival(fiber.fake_stack, &thread_stack_, &thread_stack_size_);
}

void Scheduler::suspend(FiberState& fiber)
{
    switch_out(fiber);
    // A destructor that waits while an exception passes gets its wait cut short instead of a second one.
    if (fiber.unwinding && std::uncaught_exceptions() == 0)
        throw Unwound{};
}

void Scheduler::finish(FiberState& fiber)
{
    --live_;
    if (ending_)
        return destroy(&fiber);
    idle_.push_back(&fiber);
    if (idle_.size() > limits_.pooled_stacks && !trim_.queued()) {
        least_idle_ = idle_.size();
        timers_.put(trim_, std::chrono::steady_clock::now() + trim_interval);
        timers_changed();
    }
}

// Stacks that nobody needed since the last look are surplus. They go a few hundred at a time, for the
// kernel takes microseconds for each.
void Scheduler::Trim::due(TimePoint now)
{
    auto& idle = scheduler.idle_;
    const auto keep = scheduler.limits_.pooled_stacks;
    const auto surplus = scheduler.least_idle_ > keep ? scheduler.least_idle_ - keep : 0;
    for (std::size_t i = 0; i < std::min(surplus, most_trimmed); ++i) {
        FiberState* fiber = idle.front();
        idle.pop_front();
        scheduler.destroy(fiber);
    }
    scheduler.least_idle_ = idle.size();
    if (idle.size() > keep)
        scheduler.timers_.put(*this, now + trim_interval);
}

void Scheduler::destroy(FiberState* fiber)
{
    fiber->quit = true;
    resume(*fiber);
    timers_.remove(*fiber);
    all_.back()->number = fiber->number;
    std::swap(all_[fiber->number], all_.back());
    all_.pop_back();
}

void Scheduler::unwind_all()
{
    ending_ = true;
    timers_.remove(trim_);
    for (FiberState* fiber : idle_)
        destroy(fiber);
    idle_.clear();
    ready_first_ = ready_last_ = nullptr;
    yielded_.clear();
    // The youngest first: what a conversation has begun may refer to what stands on its stack.
    std::ranges::sort(all_, {}, [](const auto& fiber) { return fiber->born; });
    for (std::size_t i = 0; i < all_.size(); ++i)
        all_[i]->number = i;
    while (!all_.empty()) {
        FiberState& fiber = *all_.back();
        if (fiber.slot)
            *fiber.slot = nullptr;
        fiber.slot = nullptr;
        fiber.waiting = false;
        fiber.reason = Wake::gone;
        fiber.unwinding = true;
        fiber.body = Task{}; // of one that never began
        resume(fiber);
    }
}

// --- waiting and waking ---

void Scheduler::make_ready(FiberState& fiber)
{
    if (ending_)
        return;
    fiber.next_ready = nullptr;
    if (ready_last_)
        ready_last_->next_ready = &fiber;
    else
        ready_first_ = &fiber;
    ready_last_ = &fiber;
}

Wake Scheduler::wait(FiberState*& slot, Deadline until)
{
    FiberState& fiber = self();
    if (fiber.unwinding)
        return Wake::gone;
    if (slot)
        panic("one fiber waits in one place");
    slot = &fiber;
    fiber.slot = &slot;
    fiber.until = until.when();
    if (!until.is_never() && (!fiber.queued() || fiber.when > fiber.until)) {
        timers_.put(fiber, fiber.until);
        timers_changed();
    }
    fiber.waiting = true;
    suspend(fiber);
    return fiber.reason;
}

void Scheduler::wake(FiberState*& slot, Wake reason)
{
    FiberState* fiber = slot;
    if (!fiber)
        return;
    slot = nullptr;
    fiber->slot = nullptr;
    fiber->reason = reason;
    fiber->waiting = false;
    current().make_ready(*fiber);
}

void Scheduler::yield()
{
    FiberState& fiber = self();
    if (fiber.unwinding)
        return;
    yielded_.push_back(&fiber);
    suspend(fiber);
}

OffloadPool& Scheduler::offload()
{
    if (!offload_)
        offload_ = std::make_unique<OffloadPool>(base_, limits_.offload_threads);
    return *offload_;
}

// --- turns of the loop ---

void Scheduler::run_ready()
{
    for (int round = 0; ready_first_ && round < most_rounds_per_turn; ++round) {
        FiberState* const last = ready_last_;
        for (bool more = true; more;) {
            FiberState& fiber = *ready_first_;
            more = &fiber != last;
            ready_first_ = fiber.next_ready;
            if (!ready_first_)
                ready_last_ = nullptr;
            resume(fiber);
        }
    }
}

void Scheduler::run_deferred()
{
    for (int round = 0; !deferred_.empty() && round < most_rounds_per_turn; ++round) {
        auto callbacks = std::exchange(deferred_, std::move(spare_));
        for (auto& callback : callbacks)
            callback();
        callbacks.clear();
        spare_ = std::move(callbacks);
    }
}

void Scheduler::run(bool until_idle)
{
    if (running_)
        panic("a fiber does not run the loop");
    while (!stopping_) {
        run_ready();
        run_deferred();
        if (stopping_ || (until_idle && live_ == 0))
            break;
        const bool busy = ready_first_ || !deferred_.empty() || !yielded_.empty();
        ::event_base_loop(base_, EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY | (busy ? EVLOOP_NONBLOCK : 0));
        for (FiberState* fiber : yielded_)
            make_ready(*fiber);
        yielded_.clear();
    }
    stopping_ = false;
}

void Scheduler::timers_changed()
{
    if (!timers_.empty() && timers_.first().when < alarm_at_)
        arm();
}

void Scheduler::arm()
{
    const auto left = std::min(Deadline::at(timers_.first().when).left(), Duration{std::chrono::hours{24}});
    const timeval wait{left.count() / 1000, left.count() % 1000 * 1000};
    ::event_add(alarm_, &wait);
    alarm_at_ = timers_.first().when;
}

void Scheduler::fire_timers()
{
    alarm_at_ = TimePoint::max();
    const auto now = std::chrono::steady_clock::now();
    while (!timers_.empty() && timers_.first().when <= now) {
        TimerNode& node = timers_.first();
        timers_.remove(node);
        node.due(now);
    }
    timers_changed();
}

}
