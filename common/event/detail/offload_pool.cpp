#include "common/event/detail/offload_pool.h"

#include <event2/event.h>
#include <sys/eventfd.h>

#include <csignal>

namespace gp::event {

OffloadPool::OffloadPool(event_base* base, unsigned threads)
    : most_threads_(std::max(threads, 1u)), bell_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))
{
    if (!bell_)
        panic("there is a descriptor for the bell of the offload threads");
    bell_event_ = ::event_new(
        base, bell_.get(), EV_READ | EV_PERSIST,
        [](evutil_socket_t, short, void* self) { static_cast<OffloadPool*>(self)->collect(); }, this);
    if (!bell_event_ || ::event_add(bell_event_, nullptr) != 0)
        panic("the bell of the offload threads can be watched");
}

OffloadPool::~OffloadPool()
{
    {
        const std::lock_guard lock{mutex_};
        ending_ = true;
        queue_.clear();
    }
    more_.notify_all();
    for (auto& thread : threads_)
        thread.join();
    ::event_free(bell_event_);
}

// False when the kernel gives us no thread, or the jail allows none.
bool OffloadPool::start_thread()
{
    // Signals belong to the loop's thread.
    sigset_t all, before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    bool started = true;
    try {
        threads_.emplace_back([this] { thread_main(); });
    } catch (const std::system_error&) {
        started = false;
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return started;
}

void OffloadPool::run(Task work)
{
    Piece piece{std::move(work)};
    bool want_thread = false;
    {
        const std::lock_guard lock{mutex_};
        want_thread = queue_.size() + 1 > idle_ && threads_.size() < most_threads_;
    }
    if (want_thread && !start_thread() && threads_.empty())
        return piece.work(); // slow for the others, but right
    {
        const std::lock_guard lock{mutex_};
        queue_.push_back(&piece);
    }
    more_.notify_one();
    while (!piece.done)
        Scheduler::current().wait(piece.waiting, Deadline::never());
}

void OffloadPool::thread_main()
{
    std::unique_lock lock{mutex_};
    for (;;) {
        ++idle_;
        more_.wait(lock, [this] { return ending_ || !queue_.empty(); });
        --idle_;
        if (ending_)
            return;
        Piece* piece = queue_.front();
        queue_.pop_front();
        lock.unlock();
        piece->work();
        lock.lock();
        done_.push_back(piece);
        if (done_.size() == 1) {
            const std::uint64_t one = 1;
            [[maybe_unused]] const auto written = ::write(bell_.get(), &one, sizeof one);
        }
    }
}

void OffloadPool::collect()
{
    std::uint64_t rings = 0;
    [[maybe_unused]] const auto size = ::read(bell_.get(), &rings, sizeof rings);
    std::vector<Piece*> done;
    {
        const std::lock_guard lock{mutex_};
        done.swap(done_);
    }
    for (Piece* piece : done) {
        piece->done = true;
        Scheduler::wake(piece->waiting, Wake::notified);
    }
}

}
