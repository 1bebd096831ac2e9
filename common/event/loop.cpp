#include "common/event/loop.h"

#include "common/event/detail/scheduler.h"

#include <csignal>

namespace gp::event {

struct Loop::Impl {
    explicit Impl(const Limits& limits) : scheduler(limits) {}
    Scheduler scheduler;
};

namespace {
thread_local Loop* current_loop = nullptr;
}

Loop::Loop() : Loop(Limits{}) {}

Loop::Loop(const Limits& limits) : impl_(std::make_unique<Impl>(limits))
{
    // A write to a connection that is gone is an error like any other.
    std::signal(SIGPIPE, SIG_IGN);
    current_loop = this;
}

Loop::~Loop()
{
    impl_->scheduler.end();
    impl_.reset();
    current_loop = nullptr;
}

Loop& Loop::current()
{
    if (!current_loop)
        panic("this thread has a loop");
    return *current_loop;
}

void Loop::abandon_after_fork()
{
    abandon_signals();
    Scheduler::abandon_after_fork();
    current_loop = nullptr;
}

event_base* Loop::base()
{
    return impl_->scheduler.base();
}

void Loop::run()
{
    impl_->scheduler.run(false);
}

void Loop::run_until_idle()
{
    impl_->scheduler.run(true);
}

void Loop::stop()
{
    impl_->scheduler.stop();
}

void Loop::end()
{
    impl_->scheduler.end();
}

Status Loop::spawn(std::string_view name, Task body)
{
    return impl_->scheduler.spawn(name, std::move(body));
}

void Loop::defer(Task callback)
{
    impl_->scheduler.defer(std::move(callback));
}

std::size_t Loop::fibers() const
{
    return impl_->scheduler.live();
}

}
