#include "common/event/loop.h"

#include "tests/support/fiber_test.h"
#include "tests/support/temp_dir.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <thread>

namespace gp::event {
namespace {

using test::also;
using test::run_fiber;
using test::soon;

// A conversation may refer to what stands on the stack of the one that began it, also where the workers of older ones
// serve again in another order.
TEST(Loop, TheYoungestIsUnwoundFirst)
{
    std::string order;
    {
        Loop loop;
        struct Mark {
            std::string& order;
            char name;
            ~Mark() { order.push_back(name); }
        };
        bool all = false;
        for (int i = 0; i < 5; ++i)
            EXPECT_TRUE(loop.spawn("short", [i] { sleep_for(Duration{i}); }));
        EXPECT_TRUE(loop.spawn("parent", [&] {
            sleep_for(Duration{50}); // the short ones are over, and their workers idle
            const Mark mark{order, 'a'};
            EXPECT_TRUE(Loop::current().spawn("child", [&] {
                const Mark own{order, 'b'};
                EXPECT_TRUE(Loop::current().spawn("grandchild", [&] {
                    const Mark last{order, 'c'};
                    all = true;
                    Loop::current().stop();
                    sleep_for(Duration{60'000});
                }));
                sleep_for(Duration{60'000});
            }));
            sleep_for(Duration{60'000});
        }));
        loop.run();
        EXPECT_TRUE(all);
        loop.end();
    }
    EXPECT_EQ(order, "cba");
}

TEST(Loop, RunsFibersInTheOrderInWhichTheyWereSpawned)
{
    Loop loop;
    std::string order;
    for (const char name : {'a', 'b', 'c'})
        EXPECT_TRUE(loop.spawn("one", [&order, name] { order.push_back(name); }));
    EXPECT_EQ(order, "");
    loop.run_until_idle();
    EXPECT_EQ(order, "abc");
    EXPECT_EQ(loop.fibers(), 0u);
}

TEST(Loop, StartsASpawnedFiberWhenTheSpawningOneSuspends)
{
    std::string order;
    run_fiber([&] {
        also("other", [&] { order += "other "; });
        order += "first ";
        yield();
        order += "first again";
    });
    EXPECT_EQ(order, "first other first again");
}

TEST(Loop, RefusesMoreFibersThanItsLimit)
{
    Loop::Limits limits;
    limits.fibers = 2;
    Loop loop{limits};
    EXPECT_TRUE(loop.spawn("1", [] {}));
    EXPECT_TRUE(loop.spawn("2", [] {}));
    const auto third = loop.spawn("3", [] {});
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().blame, Blame::temporary);
    loop.run_until_idle();
    EXPECT_TRUE(loop.spawn("4", [] {}));
    loop.run_until_idle();
}

TEST(Loop, RunsDeferredCallbacksOnceAtTheEndOfTheTurn)
{
    int batches = 0;
    int gathered = 0;
    run_fiber([&] {
        for (int i = 0; i < 3; ++i)
            also("adds", [&] {
                if (gathered++ == 0)
                    Loop::current().defer([&] {
                        EXPECT_FALSE(in_fiber());
                        ++batches;
                    });
            });
        yield();
        EXPECT_EQ(gathered, 3);
        EXPECT_EQ(batches, 1);
    });
}

TEST(Loop, StopsWhileFibersStillWaitAndUnwindsThemAtItsEnd)
{
    bool unwound = false;
    struct Flag {
        bool& flag;
        ~Flag() { flag = true; }
    };
    {
        Loop loop;
        EXPECT_TRUE(loop.spawn("waits", [&] {
            const Flag flag{unwound};
            sleep_until(Deadline::never());
            ADD_FAILURE() << "nobody wakes this fiber";
        }));
        EXPECT_TRUE(loop.spawn("stops", [&] { loop.stop(); }));
        loop.run();
        EXPECT_FALSE(unwound);
        EXPECT_EQ(loop.fibers(), 1u);
    }
    EXPECT_TRUE(unwound);
}

TEST(Loop, DropsFibersThatNeverBegan)
{
    auto owned = std::make_shared<int>(1);
    {
        Loop loop;
        EXPECT_TRUE(loop.spawn("never", [owned] { ADD_FAILURE(); }));
        EXPECT_EQ(owned.use_count(), 2);
    }
    EXPECT_EQ(owned.use_count(), 1);
}

TEST(Loop, UnwindsWaitersWhoseNoticeBelongsToAnotherFiber)
{
    Loop loop;
    std::unique_ptr<Notice> shared;
    EXPECT_TRUE(loop.spawn("owner", [&] {
        Notice mine;
        Notice* lent = &mine;
        EXPECT_TRUE(loop.spawn("borrower", [lent] { lent->wait(Deadline::never()); }));
        sleep_until(Deadline::never());
    }));
    EXPECT_TRUE(loop.spawn("stops", [&] {
        yield();
        loop.stop();
    }));
    loop.run();
}

TEST(Loop, WaitsInDestructorsAreCutShortWhileAFiberIsUnwound)
{
    bool passed = false;
    struct Waits {
        bool& passed;
        ~Waits()
        {
            Notice nobody;
            nobody.wait(Deadline::never());
            yield();
            offload([] {});
            passed = true;
        }
    };
    {
        Loop loop;
        EXPECT_TRUE(loop.spawn("waits", [&] {
            const Waits waits{passed};
            sleep_until(Deadline::never());
        }));
        EXPECT_TRUE(loop.spawn("stops", [&] { loop.stop(); }));
        loop.run();
    }
    EXPECT_TRUE(passed);
}

TEST(LoopDeathTest, AnExceptionThatLeavesAFiberIsABug)
{
    EXPECT_DEATH(run_fiber([] { throw std::runtime_error("lost"); }),
                 "no exception leaves fiber \"test\": lost");
}

TEST(LoopDeathTest, AFiberThatOverrunsItsStackEndsTheProcess)
{
    struct Deep {
        static int fall(int depth)
        {
            volatile char frame[1024];
            frame[0] = static_cast<char>(depth);
            return depth == 0 ? frame[0] : fall(depth - 1) + frame[0];
        }
    };
    EXPECT_DEATH(run_fiber([] { Deep::fall(1'000'000); }), "");
}

TEST(Fiber, KnowsItsName)
{
    EXPECT_FALSE(in_fiber());
    run_fiber([] {
        EXPECT_TRUE(in_fiber());
        EXPECT_EQ(fiber_name(), "test");
        also("client 3 from a host with a very long name",
             [] { EXPECT_EQ(fiber_name(), "client 3 from a host with a ver"); });
    });
    EXPECT_FALSE(in_fiber());
}

TEST(Fiber, KeepsItsExceptionsToItself)
{
    // Two fibers are inside catch blocks at the same time. The rule is not to do that; if it happens,
    // nothing is mixed up.
    std::string seen;
    run_fiber([&] {
        auto conversation = [&seen](std::string text) {
            try {
                throw std::runtime_error(text);
            } catch (const std::exception&) {
                yield();
                try {
                    throw;
                } catch (const std::exception& again) {
                    seen += again.what();
                }
            }
        };
        also("1", [=] { conversation("one "); });
        also("2", [=] { conversation("two "); });
    });
    EXPECT_EQ(seen, "one two ");
}

TEST(Fiber, SleepsAtLeastAsLongAsAsked)
{
    run_fiber([] {
        const auto before = std::chrono::steady_clock::now();
        sleep_for(Duration{20});
        EXPECT_GE(std::chrono::steady_clock::now() - before, Duration{20});
    });
}

TEST(Fiber, WakesInTheOrderOfDeadlines)
{
    std::string order;
    run_fiber([&] {
        const auto start = std::chrono::steady_clock::now();
        for (const int wait : {40, 10, 30, 20, 15, 35})
            also("sleeps", [&order, start, wait] {
                sleep_until(Deadline::at(start + Duration{wait}));
                order += std::to_string(wait) + " ";
            });
    });
    EXPECT_EQ(order, "10 15 20 30 35 40 ");
}

TEST(Fiber, ThousandsAreServedAtOnce)
{
    int ended = 0;
    run_fiber([&] {
        for (int i = 0; i < 10'000; ++i)
            also("one of many", [&] {
                yield();
                sleep_for(Duration{5});
                ++ended;
            });
    });
    EXPECT_EQ(ended, 10'000);
}

TEST(Loop, GivesStacksBackThatABurstLeftBehind)
{
    const auto mappings = [] {
        const auto text = test::read_file("/proc/self/maps");
        return std::ranges::count(text, '\n');
    };
    Loop::Limits limits;
    limits.pooled_stacks = 10;
    run_fiber(limits, [&] {
        for (int i = 0; i < 400; ++i)
            also("one of many", [] { yield(); });
        yield();
        const auto many = mappings();
        while (mappings() > many - 300)
            sleep_for(Duration{100});
    });
}

TEST(Fiber, OffloadedWorkRunsOnAnotherThreadWhileOthersGoOn)
{
    const auto here = std::this_thread::get_id();
    bool other_ran = false;
    run_fiber([&] {
        also("other", [&] { other_ran = true; });
        std::thread::id there;
        std::atomic<bool> seen = false;
        offload([&] {
            there = std::this_thread::get_id();
            seen = true;
        });
        EXPECT_TRUE(seen);
        EXPECT_NE(there, here);
        EXPECT_TRUE(other_ran);
    });
}

TEST(Fiber, ManyOffloadsShareFewThreads)
{
    std::atomic<int> done = 0;
    std::atomic<int> at_once = 0;
    std::atomic<int> most = 0;
    Loop::Limits limits;
    limits.offload_threads = 3;
    run_fiber(limits, [&] {
        for (int i = 0; i < 200; ++i)
            also("offloads", [&] {
                offload([&] {
                    const int now = ++at_once;
                    int before = most;
                    while (now > before && !most.compare_exchange_weak(before, now)) {
                    }
                    std::this_thread::yield();
                    --at_once;
                    ++done;
                });
            });
    });
    EXPECT_EQ(done, 200);
    EXPECT_LE(most, 3);
}

TEST(Notice, IsKeptUntilSomebodyWaits)
{
    run_fiber([] {
        Notice notice;
        notice.notify();
        notice.notify();
        EXPECT_TRUE(notice.wait(soon()));
        EXPECT_FALSE(notice.wait(Deadline::in(Duration{1})));
    });
}

TEST(Notice, WakesTheFiberThatWaits)
{
    run_fiber([] {
        Notice notice;
        also("wakes", [&] { notice.notify(); });
        EXPECT_TRUE(notice.wait(soon()));
    });
}

TEST(Notice, TellsItsWaiterWhenItGoesAway)
{
    run_fiber([] {
        auto notice = std::make_unique<Notice>();
        also("destroys", [&] { notice.reset(); });
        EXPECT_FALSE(notice->wait(soon()));
    });
}

TEST(Notice, ALaterDeadlineAfterAnEarlierOneIsKept)
{
    // The timer of the first wait stays in the heap and must not end the second one.
    run_fiber([] {
        Notice notice;
        also("wakes", [&] { notice.notify(); });
        EXPECT_TRUE(notice.wait(Deadline::in(Duration{10})));
        const auto before = std::chrono::steady_clock::now();
        EXPECT_FALSE(notice.wait(Deadline::in(Duration{60})));
        EXPECT_GE(std::chrono::steady_clock::now() - before, Duration{60});
        EXPECT_FALSE(notice.wait(Deadline::in(Duration{5})));
    });
}

TEST(Gate, LetsInAsManyAsItsLimitInOrderOfArrival)
{
    std::string order;
    run_fiber([&] {
        auto gate = std::make_shared<Gate>(2);
        for (const char name : {'a', 'b', 'c', 'd', 'e'})
            also("enters", [&order, gate, name] {
                ASSERT_TRUE(gate->enter(soon()));
                EXPECT_LE(gate->inside(), 2u);
                order.push_back(name);
                yield();
                gate->leave();
            });
    });
    EXPECT_EQ(order, "abcde");
}

TEST(Gate, ForgetsThoseWhoseDeadlinePassed)
{
    run_fiber([] {
        Gate gate{1};
        ASSERT_TRUE(gate.enter(soon()));
        EXPECT_FALSE(gate.enter(Deadline::in(Duration{5})));
        gate.leave();
        EXPECT_EQ(gate.inside(), 0u);
        EXPECT_TRUE(gate.enter(soon()));
        gate.leave();
    });
}

TEST(Timer, FiresOnceOutsideOfAnyFiber)
{
    run_fiber([] {
        int fired = 0;
        Timer timer{[&] {
            EXPECT_FALSE(in_fiber());
            ++fired;
        }};
        timer.start(Duration{1});
        EXPECT_TRUE(timer.running());
        sleep_for(Duration{30});
        EXPECT_EQ(fired, 1);
        EXPECT_FALSE(timer.running());
    });
}

TEST(Timer, RepeatsUntilItIsCancelled)
{
    run_fiber([] {
        int fired = 0;
        Notice enough;
        Timer timer{[&] {
            if (++fired == 3)
                enough.notify();
        }};
        timer.start_every(Duration{2});
        EXPECT_TRUE(enough.wait(soon()));
        timer.cancel();
        const int so_far = fired;
        sleep_for(Duration{20});
        EXPECT_EQ(fired, so_far);
    });
}

TEST(Timer, MayDestroyItselfInItsCallback)
{
    run_fiber([] {
        Notice gone;
        std::unique_ptr<Timer> timer;
        timer = std::make_unique<Timer>([&] {
            timer.reset();
            gone.notify();
        });
        timer->start_every(Duration{1});
        EXPECT_TRUE(gone.wait(soon()));
    });
}

TEST(SignalWatch, CallsBackOutsideOfTheHandler)
{
    run_fiber([] {
        Notice came;
        const SignalWatch watch{SIGUSR1, [&] {
                                    EXPECT_FALSE(in_fiber());
                                    came.notify();
                                }};
        ::kill(::getpid(), SIGUSR1);
        EXPECT_TRUE(came.wait(soon()));
    });
}

TEST(Loop, AForkedChildMayMakeALoopOfItsOwn)
{
    run_fiber([] {
        const SignalWatch watch{SIGUSR2, [] {}};
        const pid_t child = ::fork();
        if (child == 0) {
            Loop::abandon_after_fork();
            int result = 1;
            {
                Loop own;
                const auto begun = own.spawn("child", [&] {
                    sleep_for(Duration{1});
                    result = 0;
                });
                own.run_until_idle();
            }
            ::_exit(result);
        }
        int status = -1;
        offload([&] { ::waitpid(child, &status, 0); });
        EXPECT_EQ(status, 0);
    });
}

}
}
