#include "common/event/stream.h"

#include "tests/support/fiber_test.h"
#include "tests/support/sockets.h"
#include "tests/support/temp_dir.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

#include <array>

namespace gp::event {
namespace {

using test::also;
using test::run_fiber;
using test::soon;

std::string read_once(Stream& stream, Deadline until = soon())
{
    std::array<char, 100> into;
    auto size = stream.read(into, until);
    return size ? std::string(into.data(), *size) : "error: " + size.error().text;
}

TEST(FdStream, CarriesOctetsBothWays)
{
    run_fiber([] {
        auto [here, there] = test::stream_pair();
        EXPECT_TRUE(here->write("ping", soon()));
        EXPECT_EQ(read_once(*there), "ping");
        EXPECT_TRUE(there->write("pong", soon()));
        EXPECT_EQ(read_once(*here), "pong");
    });
}

TEST(FdStream, WaitsForThePeer)
{
    run_fiber([] {
        auto [here, there] = test::tcp_stream_pair();
        also("peer", [&peer = *there] {
            sleep_for(Duration{5});
            EXPECT_TRUE(peer.write("late", soon()));
        });
        EXPECT_EQ(read_once(*here), "late");
    });
}

TEST(FdStream, TellsTheEndAfterTheLastOctets)
{
    for (const bool tcp : {false, true})
        run_fiber([tcp] {
            auto [here, there] = tcp ? test::tcp_stream_pair() : test::stream_pair();
            EXPECT_TRUE(there->write("QUIT", soon()));
            there.reset();
            EXPECT_EQ(read_once(*here), "QUIT");
            EXPECT_EQ(read_once(*here), "");
            EXPECT_EQ(read_once(*here), "");
        });
}

TEST(FdStream, TellsAResetBehindTheLastOctetsWithinSeconds)
{
    run_fiber([] {
        auto [here, there] = test::tcp_stream_pair();
        EXPECT_TRUE(there->write("half a li", soon()));
        const linger at_once{1, 0};
        ::setsockopt(there->fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        there.reset();
        std::array<char, 100> into;
        for (;;) {
            const auto size = here->read(into, soon());
            if (size && *size > 0)
                continue;
            ASSERT_FALSE(size);
            EXPECT_EQ(size.error().cause, Cause::closed) << size.error().text;
            return;
        }
    });
}

TEST(FdStream, DistinguishesTimeoutFromClosing)
{
    run_fiber([] {
        auto [here, there] = test::stream_pair();
        std::array<char, 1> into;
        auto size = here->read(into, Deadline::in(Duration{2}));
        ASSERT_FALSE(size);
        EXPECT_EQ(size.error().cause, Cause::timeout);
        const auto waited = here->wait_readable(Deadline::in(Duration{2}));
        ASSERT_FALSE(waited);
        EXPECT_EQ(waited.error().cause, Cause::timeout);
    });
}

TEST(FdStream, AWriteThatThePeerDoesNotReadTimesOut)
{
    run_fiber([] {
        auto [here, there] = test::stream_pair();
        const auto written = here->write(std::string(4'000'000, 'x'), Deadline::in(Duration{10}));
        ASSERT_FALSE(written);
        EXPECT_EQ(written.error().cause, Cause::timeout);
    });
}

TEST(FdStream, WritesMoreThanTheSocketHolds)
{
    for (const bool tcp : {false, true})
        run_fiber([tcp] {
            auto [here, there] = tcp ? test::tcp_stream_pair() : test::stream_pair();
            std::string text;
            for (int i = 0; text.size() < 3'000'000; ++i)
                text += std::to_string(i) + " ";
            also("writes", [&stream = *here, text] {
                EXPECT_TRUE(stream.write(text, soon()));
                stream.finish();
            });
            EXPECT_EQ(test::read_all(*there), text);
        });
}

TEST(FdStream, BothDirectionsMayWaitAtOnce)
{
    run_fiber([] {
        auto [here, there] = test::stream_pair();
        Notice ended;
        also("echo", [&stream = *there, &ended] {
            std::array<char, 5000> part;
            for (;;) {
                const auto size = stream.read(part, soon());
                if (!size || *size == 0)
                    return ended.notify();
                EXPECT_TRUE(stream.write({part.data(), *size}, soon()));
            }
        });
        const std::string text(1'000'000, 'y');
        also("writes", [&stream = *here, text] { EXPECT_TRUE(stream.write(text, soon())); });
        std::string back;
        std::array<char, 70'000> part;
        while (back.size() < text.size()) {
            const auto size = here->read(part, soon());
            ASSERT_TRUE(size) << size.error().text;
            back.append(part.data(), *size);
        }
        EXPECT_EQ(back, text);
        here->finish();
        EXPECT_TRUE(ended.wait(soon()));
    });
}

TEST(FdStream, AbortWakesBothWaitsWithClosed)
{
    run_fiber([] {
        auto [here, there] = test::stream_pair();
        int woken = 0;
        also("reads", [&] {
            std::array<char, 1> into;
            auto size = here->read(into, soon());
            ASSERT_FALSE(size);
            EXPECT_EQ(size.error().cause, Cause::closed);
            ++woken;
        });
        also("writes", [&] {
            const auto written = here->write(std::string(4'000'000, 'x'), soon());
            ASSERT_FALSE(written);
            EXPECT_EQ(written.error().cause, Cause::closed);
            ++woken;
        });
        yield();
        sleep_for(Duration{2});
        here->abort();
        yield();
        EXPECT_EQ(woken, 2);
        EXPECT_FALSE(here->write("more", soon()));
    });
}

TEST(FdStream, WritingToAClosedConnectionIsAnErrorAndNoSignal)
{
    run_fiber([] {
        auto [here, there] = test::stream_pair();
        there.reset();
        const auto written = here->write("hello", soon());
        ASSERT_FALSE(written);
        EXPECT_EQ(written.error().cause, Cause::closed);
    });
}

TEST(FdStream, SeesEarlyTalkersWithoutWaiting)
{
    for (const bool tcp : {false, true})
        run_fiber([tcp] {
            auto [here, there] = tcp ? test::tcp_stream_pair() : test::stream_pair();
            EXPECT_FALSE(here->has_input());
            EXPECT_TRUE(there->write("EHLO", soon()));
            EXPECT_TRUE(here->has_input());
            EXPECT_EQ(read_once(*here), "EHLO");
            EXPECT_FALSE(here->has_input());
            there.reset();
            EXPECT_TRUE(here->has_input()); // the end is something to read, too
        });
}

TEST(FdStream, ReadsPipesAndTheirEnd)
{
    run_fiber([] {
        auto [out, in] = test::pipe_pair();
        FdStream reader{std::move(out)};
        auto writer = std::make_unique<FdStream>(std::move(in));
        also("writes", [&] {
            EXPECT_TRUE(writer->write("through a pipe", soon()));
            EXPECT_TRUE(writer->write(std::string(300'000, 'z'), soon()));
            writer->finish();
        });
        EXPECT_EQ(test::read_all(reader).size(), 300'014u);
    });
}

TEST(FdStream, ReadsRegularFiles)
{
    const test::TempDir folder;
    const auto path = folder.file("input", std::string(100'000, 'f'));
    run_fiber([&] {
        FdStream file{OwnedFd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)}};
        EXPECT_TRUE(file.wait_readable(soon()));
        EXPECT_EQ(test::read_all(file).size(), 100'000u);
    });
}

TEST(FdStream, ATimeoutDoesNotLoseWhatComesLater)
{
    run_fiber([] {
        auto [here, there] = test::stream_pair();
        for (int i = 0; i < 3; ++i) {
            std::array<char, 10> into;
            EXPECT_FALSE(here->read(into, Deadline::in(Duration{1})));
            EXPECT_TRUE(there->write("x", soon()));
            EXPECT_EQ(read_once(*here), "x");
        }
    });
}

TEST(Listener, HandsOverConnectionsWithoutDelay)
{
    run_fiber([] {
        std::uint16_t port = 0;
        const auto listening = test::listen_tcp(port);
        std::vector<OwnedFd> accepted;
        Notice all;
        Listener listener{listening.get(),
                          [&](OwnedFd fd) {
                              EXPECT_FALSE(in_fiber());
                              accepted.push_back(std::move(fd));
                              if (accepted.size() == 100)
                                  all.notify();
                          },
                          [](const Error& error) { ADD_FAILURE() << error.text; }};
        std::vector<OwnedFd> clients;
        for (int i = 0; i < 100; ++i)
            clients.push_back(test::connect_tcp(port));
        ASSERT_TRUE(all.wait(soon()));
        int on = 0;
        socklen_t length = sizeof on;
        ::getsockopt(accepted[0].get(), IPPROTO_TCP, TCP_NODELAY, &on, &length);
        EXPECT_NE(on, 0);
        EXPECT_TRUE(::fcntl(accepted[0].get(), F_GETFL) & O_NONBLOCK);
        EXPECT_TRUE(::fcntl(accepted[0].get(), F_GETFD) & FD_CLOEXEC);
    });
}

TEST(Listener, LeavesConnectionsInTheQueueWhilePaused)
{
    run_fiber([] {
        std::uint16_t port = 0;
        const auto listening = test::listen_tcp(port);
        int accepted = 0;
        Notice came;
        Listener listener{listening.get(),
                          [&](const OwnedFd&) {
                              if (++accepted == 1)
                                  listener.pause();
                              came.notify();
                          },
                          [](const Error& error) { ADD_FAILURE() << error.text; }};
        const auto first = test::connect_tcp(port);
        const auto second = test::connect_tcp(port);
        ASSERT_TRUE(came.wait(soon()));
        sleep_for(Duration{10});
        EXPECT_EQ(accepted, 1);
        listener.resume();
        ASSERT_TRUE(came.wait(soon()));
        EXPECT_EQ(accepted, 2);
    });
}

TEST(Listener, RestsWhenDescriptorsAreUsedUpAndGoesOn)
{
    rlimit before{};
    ::getrlimit(RLIMIT_NOFILE, &before);
    run_fiber([&] {
        std::uint16_t port = 0;
        const auto listening = test::listen_tcp(port);
        Notice failed;
        Notice came;
        const Listener listener{listening.get(), [&](const OwnedFd&) { came.notify(); },
                                [&](const Error&) { failed.notify(); }};
        const auto client = test::connect_tcp(port);
        const rlimit none{0, before.rlim_max};
        ::setrlimit(RLIMIT_NOFILE, &none);
        const bool told = failed.wait(soon());
        ::setrlimit(RLIMIT_NOFILE, &before);
        EXPECT_TRUE(told);
        EXPECT_TRUE(came.wait(soon()));
    });
}

}
}
