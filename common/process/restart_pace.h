// How long a service that has ended waits for its next start: at once, and when it dies young again 1 s,
// doubling up to a minute. It never gives up, for a mail server that waits for its administrator loses no
// mail while it tries. Pure arithmetic on times that the caller brings.
#pragma once

#include <chrono>

namespace gp::process {

class RestartPace {
public:
    using Time = std::chrono::steady_clock::time_point;
    using Wait = std::chrono::seconds;
    static constexpr Wait young{30}; // who lived longer starts with a clean record
    static constexpr Wait first{1};
    static constexpr Wait longest{60};

    Wait after_exit(Time started, Time ended)
    {
        if (ended - started >= young)
            wait_ = Wait{0};
        const auto now = wait_;
        wait_ = wait_ == Wait{0} ? first : std::min(wait_ * 2, longest);
        return now;
    }

private:
    Wait wait_{0};
};

}
