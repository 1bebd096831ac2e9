// What a fiber may do: sleep, give way, hand work to a thread, wait for a Notice or at a Gate.
#include "common/event/loop.h"

#include "common/event/detail/offload_pool.h"
#include "common/event/detail/scheduler.h"

#include <deque>

namespace gp::event {

bool in_fiber()
{
    const auto* scheduler = Scheduler::current_or_null();
    return scheduler && scheduler->running();
}

std::string_view fiber_name()
{
    const auto& fiber = Scheduler::self();
    return {fiber.name, fiber.name_length};
}

void sleep_until(Deadline when)
{
    FiberState* nobody_wakes = nullptr;
    Scheduler::current().wait(nobody_wakes, when);
}

void sleep_for(Duration wait)
{
    sleep_until(Deadline::in(wait));
}

void yield()
{
    Scheduler::current().yield();
}

void offload(Task work)
{
    // A fiber that is being unwound cannot wait: it does the work itself.
    if (Scheduler::self().unwinding)
        return work();
    Scheduler::current().offload().run(std::move(work));
}

// --- Notice ---

Notice::Notice() = default;

Notice::~Notice()
{
    Scheduler::wake(waiting_, Wake::gone);
}

void Notice::notify()
{
    if (waiting_)
        Scheduler::wake(waiting_, Wake::notified);
    else
        notified_ = true;
}

bool Notice::wait(Deadline until)
{
    if (notified_) {
        notified_ = false;
        return true;
    }
    return Scheduler::current().wait(waiting_, until) == Wake::notified;
}

// --- Gate ---

struct Gate::Impl {
    // Lives on the stack of the fiber that waits, and takes itself out when that is unwound.
    struct Ticket {
        std::shared_ptr<Impl> gate;
        FiberState* waiting = nullptr;
        bool granted = false;
        ~Ticket() { std::erase(gate->queue, this); }
    };
    std::size_t limit;
    std::size_t inside = 0;
    std::deque<Ticket*> queue;
};

Gate::Gate(std::size_t limit) : impl_(std::make_shared<Impl>())
{
    impl_->limit = limit;
}

Gate::~Gate()
{
    for (auto* ticket : impl_->queue)
        Scheduler::wake(ticket->waiting, Wake::gone);
}

bool Gate::enter(Deadline until)
{
    if (impl_->inside < impl_->limit && impl_->queue.empty()) {
        ++impl_->inside;
        return true;
    }
    Impl::Ticket ticket{impl_};
    impl_->queue.push_back(&ticket);
    Scheduler::current().wait(ticket.waiting, until);
    // The place may have been given in the very turn in which the deadline passed.
    return ticket.granted;
}

void Gate::leave()
{
    if (impl_->inside == 0)
        panic("who leaves a gate has entered it");
    --impl_->inside;
    if (impl_->queue.empty() || impl_->inside >= impl_->limit)
        return;
    auto* next = impl_->queue.front();
    impl_->queue.pop_front();
    ++impl_->inside;
    next->granted = true;
    Scheduler::wake(next->waiting, Wake::notified);
}

std::size_t Gate::inside() const
{
    return impl_->inside;
}

}
