#include "common/net/connect.h"

#include "tests/support/peer/on_fiber.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "common/event/stream.h"
#include "common/net/own_addresses.h"

namespace gp::net {
namespace {

using gp::testing::on_fiber;

SocketAddress bound(int fd)
{
    sockaddr_storage storage;
    socklen_t length = sizeof storage;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &length);
    return *SocketAddress::from(reinterpret_cast<sockaddr*>(&storage), length);
}

OwnedFd listening(std::string_view where)
{
    const auto address = *SocketAddress::parse(where);
    OwnedFd fd{::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    sockaddr_storage storage;
    const auto length = address.fill(storage);
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
    EXPECT_EQ(::listen(fd.get(), 8), 0);
    return fd;
}

TEST(Connect, ReachesAListenerFromAChosenAddress)
{
    on_fiber([] {
        const auto listener = listening("127.0.0.1:0");
        ConnectOptions options{.source = *Address::parse("127.0.0.9")};
        auto made = connect(bound(listener.get()), event::Deadline::in(Duration{5000}), options);
        ASSERT_TRUE(made) << made.error().error.text;
        EXPECT_EQ(made->local.address().text(), "127.0.0.9");
        EXPECT_GT(made->local.port(), 0);
    });
}

TEST(Connect, SpeaksBothWays)
{
    on_fiber([] {
        const auto listener = listening("127.0.0.1:0");
        auto made = connect(bound(listener.get()), event::Deadline::in(Duration{5000}));
        ASSERT_TRUE(made);
        event::FdStream here{std::move(made->socket)};
        event::FdStream there{OwnedFd{::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)}};
        ASSERT_TRUE(here.write("hello", event::Deadline::in(Duration{5000})));
        char buffer[16];
        const auto got = there.read(buffer, event::Deadline::in(Duration{5000}));
        ASSERT_TRUE(got);
        EXPECT_EQ(std::string_view(buffer, *got), "hello");
    });
}

TEST(Connect, SaysThatItWasRefused)
{
    on_fiber([] {
        SocketAddress gone;
        {
            const auto listener = listening("127.0.0.1:0");
            gone = bound(listener.get());
        }
        const auto made = connect(gone, event::Deadline::in(Duration{5000}));
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().error.text, "Connection refused");
        EXPECT_EQ(made.error().error.cause, Cause::refused);
        EXPECT_EQ(made.error().error_number, ECONNREFUSED);
    });
}

TEST(Connect, GivesUpAtTheDeadline)
{
    on_fiber([] {
        // A full listen queue answers nothing at all.
        OwnedFd listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        sockaddr_storage storage;
        const auto length = SocketAddress{*Address::parse("127.0.0.1"), 0}.fill(storage);
        ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&storage), length), 0);
        ASSERT_EQ(::listen(listener.get(), 0), 0);
        const auto there = bound(listener.get());
        std::vector<Connected> held;
        for (int n = 0; n < 10; ++n) {
            auto made = connect(there, event::Deadline::in(Duration{200}));
            if (!made) {
                EXPECT_EQ(made.error().error.text, "Connection timed out");
                EXPECT_EQ(made.error().error.cause, Cause::timeout);
                return;
            }
            held.push_back(std::move(*made));
        }
        FAIL() << "ten connections fit into a queue of one";
    });
}

TEST(Connect, ReportsASourceThatIsNotOurs)
{
    on_fiber([] {
        const auto listener = listening("127.0.0.1:0");
        const auto made = connect(bound(listener.get()), event::Deadline::in(Duration{5000}),
                                  {.source = *Address::parse("192.0.2.1")});
        ASSERT_FALSE(made);
        EXPECT_EQ(made.error().error.text, "unable to bind outgoing SMTP call to 192.0.2.1: Cannot assign requested address");
    });
}

TEST(OwnAddresses, IncludeTheLoopback)
{
    const auto own = own_addresses();
    ASSERT_TRUE(own);
    EXPECT_TRUE(std::ranges::binary_search(*own, *Address::parse("127.0.0.1")));
}

}
}
