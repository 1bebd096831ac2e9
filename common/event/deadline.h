// When a wait ends. Every wait has one.
#pragma once

#include <chrono>

#include "common/base/duration.h"

namespace gp::event {

using TimePoint = std::chrono::steady_clock::time_point;

class Deadline {
public:
    static Deadline in(Duration wait) { return Deadline{std::chrono::steady_clock::now() + wait}; }
    static Deadline at(TimePoint when) { return Deadline{when}; }
    // For waits that another bound ends: a listener, a service's main wait.
    static Deadline never() { return Deadline{TimePoint::max()}; }

    bool is_never() const { return when_ == TimePoint::max(); }
    bool expired() const { return !is_never() && std::chrono::steady_clock::now() >= when_; }
    TimePoint when() const { return when_; }
    // Time left, never negative; a day when never.
    Duration left() const;
    Deadline sooner(Deadline other) const { return when_ < other.when_ ? *this : other; }

private:
    explicit Deadline(TimePoint when) : when_(when) {}
    TimePoint when_;
};

}
