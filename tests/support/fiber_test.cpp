#include "tests/support/fiber_test.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace gp::test {

void run_fiber(Task body, Duration limit)
{
    run_fiber(event::Loop::Limits{}, std::move(body), limit);
}

void run_fiber(const event::Loop::Limits& limits, Task body, Duration limit)
{
    // SIGALRM ends a program whose thread is blocked.
    ::alarm(static_cast<unsigned>(limit.count() / 1000) + 20);
    {
        event::Loop loop{limits};
        event::Timer watchdog{[&] {
            ADD_FAILURE() << loop.fibers() << " fibers still wait after " << limit.count() << " ms";
            loop.stop();
        }};
        watchdog.start(limit);
        also("test", std::move(body));
        loop.run_until_idle();
    }
    ::alarm(0);
}

void also(std::string_view name, Task body)
{
    auto begun = event::Loop::current().spawn(name, std::move(body));
    if (!begun)
        ADD_FAILURE() << begun.error().text;
}

event::Deadline soon()
{
    return event::Deadline::in(Duration{10'000});
}

}
