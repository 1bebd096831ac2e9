// Runs a test's body as a conversation: on a fiber of a loop of its own, until no fiber is left.
#pragma once

#include <functional>

#include "common/event/loop.h"

namespace gp::testing {

inline void on_fiber(std::function<void()> body)
{
    event::Loop loop;
    if (auto started = loop.spawn("test", std::move(body)); !started)
        panic("a fresh loop takes a fiber");
    loop.run_until_idle();
}

// For bodies that leave background fibers behind: the loop stops when the body is through.
inline void on_fiber_then_stop(std::function<void()> body)
{
    event::Loop loop;
    auto started = loop.spawn("test", [&] {
        body();
        loop.stop();
    });
    if (!started)
        panic("a fresh loop takes a fiber");
    loop.run();
}

}
