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
    queue_of(*job).erase(job);
}

Job* Destination::take_turn(std::int64_t now)
{
    auto& preferred = is_firsts_turn_ ? first_ : later_;
    auto& other = is_firsts_turn_ ? later_ : first_;
    is_firsts_turn_ = !is_firsts_turn_;
    if (Job* job = next_of(preferred, now))
        return job;
    return next_of(other, now);
}

Job* Destination::next_of(Turns<Job*>& queue, std::int64_t now)
{
    for (std::size_t tried = queue.size(); tried > 0; --tried) {
        Job* job = queue.next();
        if (!job->may_start(now)) {
            if (job->has_more())
                queue.add(job->owner, job); // its own limit holds it; it keeps its place in the round
            continue;
        }
        const auto rest = job->total - job->given;
        if (rest > job->part)
            queue.add(job->owner, job);
        return job;
    }
    return nullptr;
}

void Destination::put_back(Job* job)
{
    auto& queue = queue_of(*job);
    queue.erase(job);
    queue.put_back(job->owner, job);
    is_firsts_turn_ = job->is_first;
}

bool Destination::has_room() const
{
    const auto one_more = static_cast<double>(in_flight_) + 1;
    return in_flight_ == 0 || (one_more - static_cast<double>(spoken_) <= window_ && one_more <= 2 * window_);
}

bool Destination::is_ready(std::int64_t now) const
{
    if (!has_room())
        return false;
    const auto may_start = [now](const Job* job) { return job->may_start(now); };
    return first_.any_of(may_start) || later_.any_of(may_start);
}

const Meter* Destination::held_by(std::int64_t now) const
{
    if (!has_room())
        return nullptr;
    const Meter* found = nullptr;
    const auto waits = [&](const Job* job) {
        if (job->is_free())
            found = job->full_meter(now);
        return found != nullptr;
    };
    (void)(first_.any_of(waits) || later_.any_of(waits));
    return found;
}

void Destination::ended(Feedback feedback, bool was_slow, std::int64_t now, bool was_spoken)
{
    --in_flight_;
    spoken_ -= was_spoken ? 1 : 0;
    last_used_ = now;
    if (feedback == Feedback::success) {
        window_ = std::min(limits_.ceiling, window_ + (was_in_trouble_ ? 1 / window_ : 1));
        suspect_ = was_slow;
    } else if (feedback == Feedback::trouble) {
        window_ = std::max(1.0, window_ / 2);
        suspect_ = was_in_trouble_ = true;
    }
}

}
