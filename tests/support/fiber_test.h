// Runs a test's body on a fiber of a fresh loop.
//
//     TEST(LineReader, TellsHowALineEnded)
//     {
//         test::run_fiber([] {
//             auto [here, there] = test::stream_pair();
//             ...
//         });
//     }
#pragma once

#include "common/base/task.h"
#include "common/event/loop.h"

namespace gp::test {

// Until no fiber is left. After `limit` the test fails and what still waits is unwound; a body that
// blocks the whole thread ends the test program a little later.
void run_fiber(Task body, Duration limit = Duration{20'000});
void run_fiber(const event::Loop::Limits& limits, Task body, Duration limit = Duration{20'000});

// Another conversation beside the one that calls this.
void also(std::string_view name, Task body);

// A deadline that a test which works never reaches.
event::Deadline soon();

}
