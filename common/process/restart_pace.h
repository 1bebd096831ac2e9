// How long a service that has ended waits for its next start: at once, and when it dies young again a while,
// doubling up to a limit. It never gives up, for a mail server that waits for its administrator loses no
// mail while it tries. Pure arithmetic on times that the caller brings.
#pragma once

#include <algorithm>
#include <chrono>

namespace gp::process {

class RestartPace {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Wait = std::chrono::seconds;
    struct Limits {
        Wait first{1};
        Wait longest{60};
        Wait healthy{10}; // who lived longer starts with a clean record
    };

    Wait after_exit(Time started, Time ended, const Limits& limits)
    {
        if (ended - started >= limits.healthy)
            wait_ = Wait{0};
        const auto now = std::min(wait_, limits.longest);
        wait_ = wait_ == Wait{0} ? limits.first : std::min(wait_ * 2, limits.longest);
        return now;
    }

private:
    Wait wait_{0};
};

}
