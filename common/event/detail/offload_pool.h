// Threads for what blocks: fdatasync, SQLite, PAM. Started with the first piece of work; results come
// back through one eventfd, so that any number of finished pieces costs one wake-up.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "common/base/owned_fd.h"
#include "common/base/task.h"
#include "common/event/detail/scheduler.h"

namespace gp::event {

class OffloadPool {
public:
    OffloadPool(event_base* base, unsigned threads);
    ~OffloadPool(); // lets work that has begun end, and drops the rest
    OffloadPool(const OffloadPool&) = delete;
    OffloadPool& operator=(const OffloadPool&) = delete;

    // Runs the work on a thread; the calling fiber sleeps meanwhile.
    void run(Task work);

private:
    struct Piece {
        Task work;
        FiberState* waiting = nullptr; // slot of who asked
        bool done = false;             // set on the loop's thread
    };
    bool start_thread();
    void thread_main();
    void collect();

    const unsigned most_threads_;
    OwnedFd bell_;
    ::event* bell_event_ = nullptr;
    std::mutex mutex_;
    std::condition_variable more_;
    std::deque<Piece*> queue_; // guarded by mutex_
    std::vector<Piece*> done_; // guarded by mutex_
    std::size_t idle_ = 0;     // guarded by mutex_
    bool ending_ = false;      // guarded by mutex_
    std::vector<std::thread> threads_;
};

}
