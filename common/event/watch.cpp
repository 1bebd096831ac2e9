// Signals and descriptors, as libevent tells of them.
#include "common/event/loop.h"

#include "common/event/detail/scheduler.h"

#include <event2/event.h>

#include <csignal>

namespace gp::event {
namespace {

// Reports of "writable" that nobody waited for before the interest is given up: a Unix socket makes
// one each time that the peer reads.
constexpr int most_idle_reports = 16;

constexpr short read_interest = EV_READ | EV_CLOSED | EV_ET | EV_PERSIST;
constexpr short write_interest = EV_WRITE | EV_ET | EV_PERSIST;

thread_local std::vector<int> watched_signals;

}

// --- SignalWatch ---

struct SignalWatch::Impl {
    static void fired(evutil_socket_t, short, void* self)
    {
        const auto hold = static_cast<Impl*>(self)->callback;
        (*hold)();
    }
    int signal;
    std::shared_ptr<Task> callback;
    ::event* watched = nullptr;
};

SignalWatch::SignalWatch(int signal, Task callback) : impl_(std::make_unique<Impl>())
{
    impl_->signal = signal;
    impl_->callback = std::make_shared<Task>(std::move(callback));
    impl_->watched =
        ::event_new(Scheduler::current().base(), signal, EV_SIGNAL | EV_PERSIST, &Impl::fired, impl_.get());
    if (!impl_->watched || ::event_add(impl_->watched, nullptr) != 0)
        panic("a signal can be watched");
    watched_signals.push_back(signal);
}

SignalWatch::~SignalWatch()
{
    std::erase(watched_signals, impl_->signal);
    if (Scheduler::current_or_null())
        ::event_free(impl_->watched);
}

void abandon_signals()
{
    for (const int signal : watched_signals)
        std::signal(signal, SIG_DFL);
    watched_signals.clear();
}

// --- FdWatch ---

struct FdWatch::Impl {
    static void fired(evutil_socket_t, short what, void* self)
    {
        auto& watch = *static_cast<Impl*>(self);
        if (what & EV_CLOSED)
            watch.hung_up = true;
        // Either callback may destroy the watch, but read_event and write_event report apart.
        if (what & EV_WRITE)
            watch.became_writable();
        else
            watch.became_readable();
    }

    void became_readable()
    {
        if (callback) {
            const auto hold = callback;
            (*hold)();
        } else if (reader) {
            Scheduler::wake(reader, Wake::notified);
        } else {
            readable = true;
        }
    }

    void became_writable()
    {
        if (write_callback) {
            idle_reports = 0;
            auto callback_once = std::move(write_callback);
            callback_once();
            return;
        }
        idle_reports = writer ? 0 : idle_reports + 1;
        writable = !writer;
        Scheduler::wake(writer, Wake::notified);
        if (idle_reports < most_idle_reports)
            return;
        ::event_free(write_event);
        write_event = nullptr;
        writable = false;
        idle_reports = 0;
    }

    // Adding the interest makes the kernel say at once whether the descriptor is writable.
    void want_writable()
    {
        write_event = ::event_new(Scheduler::current().base(), fd, write_interest, &Impl::fired, this);
        if (!write_event || ::event_add(write_event, nullptr) != 0)
            panic("a descriptor that is watched for reading can be watched for writing");
    }

    int fd;
    ::event* read_event = nullptr;
    ::event* write_event = nullptr;
    FiberState* reader = nullptr; // slots
    FiberState* writer = nullptr;
    std::shared_ptr<Task> callback;
    Task write_callback;
    int idle_reports = 0;
    bool readable = false; // reported while nobody waited
    bool writable = false;
    bool hung_up = false;
    bool woken = false;
    bool pollable = false;
};

FdWatch::FdWatch(int fd) : impl_(std::make_unique<Impl>())
{
    impl_->fd = fd;
    impl_->read_event =
        ::event_new(Scheduler::current().base(), fd, read_interest, &Impl::fired, impl_.get());
    if (!impl_->read_event)
        panic("there is memory for watching a descriptor");
    impl_->pollable = ::event_add(impl_->read_event, nullptr) == 0;
}

FdWatch::~FdWatch()
{
    if (!Scheduler::current_or_null())
        return; // abandoned after a fork: the event belongs to the parent
    wake();
    ::event_free(impl_->read_event);
    if (impl_->write_event)
        ::event_free(impl_->write_event);
}

bool FdWatch::wait_readable(Deadline until)
{
    if (impl_->woken)
        return false;
    if (!impl_->pollable || impl_->readable) {
        impl_->readable = false;
        return true;
    }
    return Scheduler::current().wait(impl_->reader, until) == Wake::notified;
}

bool FdWatch::wait_writable(Deadline until)
{
    if (impl_->woken)
        return false;
    if (!impl_->pollable || impl_->writable) {
        impl_->writable = false;
        return true;
    }
    if (!impl_->write_event)
        impl_->want_writable();
    return Scheduler::current().wait(impl_->writer, until) == Wake::notified;
}

void FdWatch::wake()
{
    impl_->woken = true;
    Scheduler::wake(impl_->reader, Wake::gone);
    Scheduler::wake(impl_->writer, Wake::gone);
}

bool FdWatch::hung_up() const
{
    return impl_->hung_up;
}

void FdWatch::on_readable(Task callback)
{
    impl_->callback = std::make_shared<Task>(std::move(callback));
    if (std::exchange(impl_->readable, false) || !impl_->pollable)
        ::event_active(impl_->read_event, EV_READ, 0);
}

void FdWatch::report_again()
{
    ::event_active(impl_->read_event, EV_READ, 0);
}

void FdWatch::when_writable(Task callback)
{
    impl_->write_callback = std::move(callback);
    if (!impl_->write_event)
        impl_->want_writable();
    else if (std::exchange(impl_->writable, false))
        ::event_active(impl_->write_event, EV_WRITE, 0);
}

}
