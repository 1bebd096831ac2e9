#include "common/ipc/link.h"

#include "tests/support/fiber_test.h"
#include "tests/support/sockets.h"
#include "tests/unit/ipc/messages.h"

#include <gtest/gtest.h>

namespace gp::ipc {
namespace {

using event::Deadline;
using test::also;
using test::channel_pair;
using test::run_fiber;
using test::soon;

// A process of a service, as the link sees it.
struct Process {
    Server server;
    std::shared_ptr<Channel> serving;
    std::shared_ptr<Channel> client;
    int asked = 0;

    Process()
    {
        auto pair = channel_pair(nullptr, &server);
        client = pair.first;
        serving = pair.second;
        server.on_echo = [this](const Echo& message, Channel&) -> Result<Text> {
            ++asked;
            return Text{message.text};
        };
    }
};

TEST(Link, TakesTurnsAmongIdleProcesses)
{
    run_fiber([] {
        Process a, b, c;
        Link link{"router"};
        for (auto* process : {&a, &b, &c})
            link.add(process->client);
        for (int i = 0; i < 9; ++i)
            EXPECT_TRUE(link.call(Echo{}, soon()));
        EXPECT_EQ(a.asked, 3);
        EXPECT_EQ(b.asked, 3);
        EXPECT_EQ(c.asked, 3);
    });
}

TEST(Link, PrefersTheProcessWithTheFewestCallsOutstanding)
{
    run_fiber([] {
        Process slow, quick;
        event::Notice released, answered;
        bool is_released = false;
        int answers = 0;
        slow.server.on_echo = [&](const Echo&, Channel&) -> Result<Text> {
            ++slow.asked;
            while (!is_released)
                released.wait(soon());
            return Text{};
        };
        Link link{"router"};
        link.add(slow.client);
        link.add(quick.client);
        for (int i = 0; i < 2; ++i)
            also("first", [&] {
                EXPECT_TRUE(link.call(Echo{}, soon()));
                ++answers;
                answered.notify();
            });
        while (answers < 1) // the quick one's
            answered.wait(soon());
        for (int i = 0; i < 5; ++i)
            EXPECT_TRUE(link.call(Echo{}, soon()));
        EXPECT_EQ(slow.asked, 1);
        EXPECT_EQ(quick.asked, 6);
        is_released = true;
        released.notify();
        while (answers < 2)
            answered.wait(soon());
    });
}

TEST(Link, WaitsForAProcessUntilTheDeadline)
{
    run_fiber([] {
        Link link{"router"};
        auto early = link.call(Echo{}, Deadline::in(Duration{2}));
        ASSERT_FALSE(early);
        EXPECT_EQ(early.error().text, "no router process is there");
        EXPECT_FALSE(link.connected());
        EXPECT_FALSE(link.send(Tell{"nobody"}));
        Process late;
        also("starts", [&] {
            event::sleep_for(Duration{2});
            link.add(late.client);
        });
        EXPECT_TRUE(link.call(Echo{}, soon()));
        EXPECT_TRUE(link.send(Tell{"somebody"}));
    });
}

TEST(Link, AsksAnotherProcessOnceWhenOneDies)
{
    run_fiber([] {
        Process dies, lives;
        dies.server.on_echo = [](const Echo&, Channel& from) -> Result<Text> {
            from.close("");
            return Text{};
        };
        Link link{"router"};
        link.add(dies.client);
        link.add(lives.client);
        for (int i = 0; i < 4; ++i)
            EXPECT_TRUE(link.call(Echo{"again"}, soon()));
        EXPECT_EQ(lives.asked, 4);
    });
}

TEST(Link, DoesNotRepeatWhatIsNotRepeatable)
{
    run_fiber([] {
        Process dies, lives;
        Link link{"spoold"};
        link.add(dies.client);
        link.add(lives.client);
        also("kills", [&] { dies.serving->close(""); });
        int failed = 0;
        for (int i = 0; i < 2; ++i)
            if (auto sum = link.call(Add{}, soon()); !sum) {
                EXPECT_EQ(sum.error().cause, Cause::closed);
                ++failed;
            }
        EXPECT_EQ(failed, 1);
    });
}

TEST(Link, ForgetsProcessesThatAreGone)
{
    run_fiber([] {
        Process process;
        Link link{"router"};
        int connected = 0;
        link.on_connect([&](const std::shared_ptr<Channel>&) { ++connected; });
        link.add(process.client);
        EXPECT_EQ(connected, 1);
        EXPECT_TRUE(link.connected());
        process.serving->close("");
        while (link.connected())
            event::sleep_for(Duration{1});
        EXPECT_EQ(link.best(), nullptr);
    });
}

TEST(Link, MayGoBeforeItsChannels)
{
    run_fiber([] {
        Process process;
        auto link = std::make_unique<Link>("router");
        link->add(process.client);
        link.reset();
        process.serving->close("");
        event::sleep_for(Duration{2});
        EXPECT_FALSE(process.client->is_open());
    });
}

}
}
