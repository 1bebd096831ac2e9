// Where time comes from, so that a test can bring its own.
#pragma once

#include <chrono>
#include <cstdint>

namespace gp {

using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

class Clock {
public:
    virtual ~Clock() = default;
    virtual WallTime now() const = 0;

    std::int64_t seconds() const
    {
        return std::chrono::duration_cast<std::chrono::seconds>(now().time_since_epoch()).count();
    }
};

class SystemClock final : public Clock {
public:
    WallTime now() const override
    {
        return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
    }
};

class ManualClock final : public Clock {
public:
    WallTime now() const override { return now_; }
    void set(WallTime now) { now_ = now; }
    void advance(std::chrono::microseconds by) { now_ += by; }

private:
    WallTime now_{std::chrono::seconds{1'700'000'000}};
};

}
