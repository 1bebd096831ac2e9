#include "qmgr/destination.h"

#include <algorithm>

namespace gp::qmgr {

Destination::Destination(std::string name, Agent agent, const Limits& limits)
    : name_(std::move(name)), agent_(agent), limits_(limits)
{
    limits_.ceiling = std::max(1.0, limits_.ceiling);
    window_ = std::clamp(limits_.start, 1.0, limits_.ceiling);
}

void Destination::drop(Job* job)
{
    queue_.erase(job);
}

Job* Destination::take_turn()
{
    for (std::size_t tried = queue_.size(); tried > 0; --tried) {
        Job* job = queue_.next();
        if (!job->may_start()) {
            if (job->has_more())
                queue_.add(job->owner, job); // its own limit holds it; it keeps its place in the round
            continue;
        }
        const auto rest = job->total - job->given;
        if (rest > job->part)
            queue_.add(job->owner, job);
        return job;
    }
    return nullptr;
}

void Destination::put_back(Job* job)
{
    queue_.erase(job);
    queue_.put_back(job->owner, job);
}

bool Destination::is_ready() const
{
    if (static_cast<double>(in_flight_) + 1 > window_ && in_flight_ > 0)
        return false;
    return queue_.any_of([](const Job* job) { return job->may_start(); });
}

void Destination::ended(Feedback feedback, bool was_slow, std::int64_t now)
{
    --in_flight_;
    last_used_ = now;
    if (feedback == Feedback::success) {
        window_ = std::min(limits_.ceiling, window_ + 1 / window_);
        suspect_ = was_slow;
    } else if (feedback == Feedback::trouble) {
        window_ = std::max(1.0, window_ / 2);
        suspect_ = true;
    }
}

}
