#include "common/event/loop.h"

#include "common/event/detail/scheduler.h"

namespace gp::event {

struct Timer::Impl final : TimerNode {
    void due(TimePoint now) override
    {
        if (interval > Duration::zero())
            start(now + interval);
        // The callback may destroy the timer, and with it this object.
        const auto hold = callback;
        (*hold)();
    }
    void start(TimePoint at)
    {
        auto& scheduler = Scheduler::current();
        scheduler.timers().put(*this, at);
        scheduler.timers_changed();
    }
    void cancel()
    {
        if (auto* scheduler = Scheduler::current_or_null())
            scheduler->timers().remove(*this);
        interval = Duration::zero();
    }

    std::shared_ptr<Task> callback;
    Duration interval{};
};

Timer::Timer(Task callback) : impl_(std::make_unique<Impl>())
{
    impl_->callback = std::make_shared<Task>(std::move(callback));
}

Timer::~Timer()
{
    impl_->cancel();
}

void Timer::start(Duration after)
{
    impl_->interval = Duration::zero();
    impl_->start(Deadline::in(after).when());
}

void Timer::start_every(Duration interval)
{
    // An interval of nothing would never let the loop go on.
    impl_->interval = std::max(interval, Duration{1});
    impl_->start(Deadline::in(impl_->interval).when());
}

void Timer::cancel()
{
    impl_->cancel();
}

bool Timer::running() const
{
    return impl_->queued();
}

}
