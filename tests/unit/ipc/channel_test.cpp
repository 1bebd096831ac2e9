#include "common/ipc/channel.h"

#include "tests/support/fiber_test.h"
#include "tests/support/sockets.h"
#include "tests/unit/ipc/messages.h"
#include "tests/unit/ipc/overheard.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>

namespace gp::ipc {
namespace {

using event::Deadline;
using test::also;
using test::channel_pair;
using test::run_fiber;
using test::soon;

TEST(Channel, AnswersACall)
{
    run_fiber([] {
        Server server;
        auto [client, serving] = channel_pair(nullptr, &server);
        auto sum = client->call(Add{2, -5}, soon());
        ASSERT_TRUE(sum) << sum.error().text;
        EXPECT_EQ(sum->sum, -3);
        EXPECT_EQ(client->outstanding(), 0u);
    });
}

TEST(Channel, BothEndsMayAsk)
{
    run_fiber([] {
        Server left, right;
        auto [one, other] = channel_pair(&left, &right);
        right.on_echo = [&other = other](const Echo& message, Channel&) -> Result<Text> {
            auto sum = TRY(other->call(Add{40, 2}, soon()));
            return Text{message.text + std::to_string(sum.sum)};
        };
        auto reply = one->call(Echo{"answer "}, soon());
        ASSERT_TRUE(reply) << reply.error().text;
        EXPECT_EQ(reply->text, "answer 42");
    });
}

TEST(Channel, CarriesThePeersErrorWhole)
{
    run_fiber([] {
        Server server;
        server.on_echo = [](const Echo&, Channel&) -> Result<Text> {
            return misconfigured("no such list: +friends", Cause::not_found);
        };
        auto [client, serving] = channel_pair(nullptr, &server);
        auto reply = client->call(Echo{}, soon());
        ASSERT_FALSE(reply);
        EXPECT_EQ(reply.error().blame, Blame::configuration);
        EXPECT_EQ(reply.error().cause, Cause::not_found);
        EXPECT_EQ(reply.error().text, "no such list: +friends");
    });
}

TEST(Channel, TenThousandCallsAreAnsweredEachWithItsOwn)
{
    run_fiber([] {
        Server server;
        server.on_echo = [](const Echo& message, Channel&) -> Result<Text> {
            if (message.text.size() % 3 == 0)
                event::yield(); // some later than others
            return Text{message.text};
        };
        auto [client, serving] = channel_pair(nullptr, &server);
        auto right = std::make_shared<int>(0);
        event::Notice all;
        for (int i = 0; i < 10'000; ++i)
            also("asks", [&client = client, &all, right, i] {
                const auto text = std::to_string(i);
                auto reply = client->call(Echo{text}, soon());
                ASSERT_TRUE(reply) << reply.error().text;
                EXPECT_EQ(reply->text, text);
                if (++*right == 10'000)
                    all.notify();
            });
        ASSERT_TRUE(all.wait(soon()));
        EXPECT_EQ(client->outstanding(), 0u);
    });
}

TEST(Channel, WhatIsFlushedNowLeavesInFrontOfWhatOtherChannelsHold)
{
    run_fiber([] {
        auto [early, early_end] = test::socket_pair();
        auto [late, late_end] = test::socket_pair();
        const auto first = Channel::open(std::move(early), "first", nullptr);
        const auto second = Channel::open(std::move(late), "second", nullptr);
        const auto has_octets = [](const OwnedFd& fd) {
            char octet = 0;
            return ::recv(fd.get(), &octet, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
        };
        first->send(Tell{"an answer"});
        second->send(Tell{"a log line"});
        second->flush_now();
        EXPECT_TRUE(has_octets(late_end));
        EXPECT_FALSE(has_octets(early_end));
        event::yield();
        event::sleep_for(Duration{1});
        EXPECT_TRUE(has_octets(early_end));
        first->close("");
        second->close("");
    });
}

TEST(Channel, WhatMustComeFirstLeavesInFrontOfAChannelThatWasDueBefore)
{
    run_fiber([] {
        auto [early, early_end] = test::socket_pair();
        auto [late, late_end] = test::socket_pair();
        const auto first = Channel::open(std::move(early), "first", nullptr);
        const auto lines = Channel::open(std::move(late), "lines", nullptr);
        std::vector<std::string> order;
        bool is_said = false;
        Channel::before_each_flush([&, &late_end = late_end] {
            if (std::exchange(is_said, true))
                return;
            lines->send(Tell{"a log line"});
            lines->flush_now();
            char octet = 0;
            order.push_back(::recv(late_end.get(), &octet, 1, MSG_PEEK | MSG_DONTWAIT) == 1 ? "line" : "no line");
        });
        first->send(Tell{"what is heard"});
        event::sleep_for(Duration{1});
        Channel::before_each_flush({});
        EXPECT_EQ(order, std::vector<std::string>{"line"});
        char octet = 0;
        EXPECT_EQ(::recv(early_end.get(), &octet, 1, MSG_PEEK | MSG_DONTWAIT), 1);
        first->close("");
        lines->close("");
    });
}

TEST(Channel, DeliversNoticesInOrder)
{
    run_fiber([] {
        Server server;
        auto [client, serving] = channel_pair(nullptr, &server);
        for (int i = 0; i < 1000; ++i)
            client->send(Tell{std::to_string(i)});
        EXPECT_TRUE(client->call(Add{}, soon()));
        ASSERT_EQ(server.told.size(), 1000u);
        for (int i = 0; i < 1000; ++i)
            EXPECT_EQ(server.told[static_cast<std::size_t>(i)], std::to_string(i));
    });
}

TEST(Channel, CarriesLargeMessagesBetweenSmallOnes)
{
    run_fiber([] {
        Server server;
        auto [client, serving] = channel_pair(nullptr, &server);
        event::Gate done{100};
        for (const std::size_t size :
             {0u, 10u, 32'768u, 100u, 262'144u, 1u, 300'000u, 4'000'000u, 5u, 8'000'000u})
            also("asks", [&, size] {
                ASSERT_TRUE(done.enter(soon()));
                std::string text(size, 'm');
                for (std::size_t i = 0; i < size; i += 1000)
                    text[i] = static_cast<char>('a' + i / 1000 % 26);
                auto reply = client->call(Echo{text}, soon());
                ASSERT_TRUE(reply) << reply.error().text;
                EXPECT_TRUE(reply->text == text) << size;
                done.leave();
            });
        event::yield();
        while (done.inside() > 0)
            event::sleep_for(Duration{1});
    });
}

TEST(Channel, AQuestionBeyondItsTypesSizeIsRefusedHereAndHarmsNothing)
{
    run_fiber([] {
        Server server;
        auto [client, serving] = channel_pair(nullptr, &server);
        auto reply = client->call(Echo{std::string(9 * 1024 * 1024, 'x')}, soon());
        ASSERT_FALSE(reply);
        EXPECT_EQ(reply.error().cause, Cause::too_big);
        EXPECT_TRUE(client->call(Add{}, soon()));
    });
}

TEST(Channel, AnAnswerBeyondItsTypesSizeIsAnErrorAndHarmsNothing)
{
    run_fiber([] {
        Server server;
        server.on_echo = [](const Echo&, Channel&) -> Result<Text> {
            return Text{std::string(9'000'000, 'x')};
        };
        auto [client, serving] = channel_pair(nullptr, &server);
        auto reply = client->call(Echo{}, soon());
        ASSERT_FALSE(reply);
        EXPECT_EQ(reply.error().cause, Cause::too_big);
        EXPECT_TRUE(client->call(Add{}, soon()));
    });
}

// --- descriptors ---

Fd file_with(std::string_view text)
{
    OwnedFd fd{::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    if (::pwrite(fd.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
        panic("a temporary file can be written");
    return Fd{std::move(fd)};
}

std::string content(const Fd& fd)
{
    std::string text(100, '\0');
    const auto size = ::pread(fd.get(), text.data(), text.size(), 0);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
}

TEST(Channel, DescriptorsArriveWithTheMessageThatNamesThem)
{
    run_fiber([] {
        Server server;
        auto [client, serving] = channel_pair(nullptr, &server);
        auto right = std::make_shared<int>(0);
        for (int i = 0; i < 300; ++i)
            also("passes", [&client = client, right, i] {
                Pass message;
                for (int n = 0; n < i % 4; ++n)
                    message.fds.push_back(file_with(std::to_string(i) + "/" + std::to_string(n)));
                // Some are larger than a read, some than what a message is copied for.
                message.text = std::string(i % 50 == 7 ? 600'000 : i % 10 == 3 ? 40'000 : 10, 'p');
                auto reply = client->call(message, soon());
                ASSERT_TRUE(reply) << reply.error().text;
                ASSERT_EQ(reply->fds.size(), message.fds.size());
                for (std::size_t n = 0; n < reply->fds.size(); ++n) {
                    EXPECT_EQ(content(reply->fds[n]), std::to_string(i) + "/" + std::to_string(n));
                    EXPECT_TRUE(::fcntl(reply->fds[n].get(), F_GETFD) & FD_CLOEXEC);
                }
                ++*right;
            });
        while (*right < 300)
            event::sleep_for(Duration{1});
    });
}

int open_descriptors()
{
    int count = 0;
    for (int fd = 0; fd < 1024; ++fd)
        count += ::fcntl(fd, F_GETFD) >= 0;
    return count;
}

TEST(Channel, LeaksNoDescriptorWhenTheCallerIsGone)
{
    run_fiber([] {
        Server server;
        auto [client, serving] = channel_pair(nullptr, &server);
        EXPECT_TRUE(client->call(Pass{{file_with("x")}, ""}, soon()));
        const int before = open_descriptors();
        for (int i = 0; i < 10; ++i) {
            Pass message{{file_with("x"), file_with("y")}, ""};
            EXPECT_FALSE(client->call(message, Deadline::in(Duration{0})));
        }
        EXPECT_TRUE(client->call(Add{}, soon()));
        EXPECT_EQ(open_descriptors(), before);
    });
}

// --- deadlines, death, pressure ---

TEST(Channel, ALateAnswerIsDroppedSilently)
{
    const Log log;
    run_fiber([] {
        Server server;
        server.on_echo = [](const Echo& message, Channel&) -> Result<Text> {
            event::sleep_for(Duration{20});
            return Text{message.text};
        };
        auto [client, serving] = channel_pair(nullptr, &server);
        auto reply = client->call(Echo{"late"}, Deadline::in(Duration{1}));
        ASSERT_FALSE(reply);
        EXPECT_EQ(reply.error().cause, Cause::timeout);
        EXPECT_EQ(reply.error().text, "right did not answer echo in time");
        event::sleep_for(Duration{40});
        EXPECT_TRUE(client->is_open());
        EXPECT_TRUE(client->call(Add{}, soon()));
    });
    EXPECT_EQ(log.text, "");
}

TEST(Channel, ThePeersDeathEndsOutstandingCallsWithClosed)
{
    run_fiber([] {
        Server server;
        server.on_echo = [](const Echo&, Channel& from) -> Result<Text> {
            from.close("");
            return Text{};
        };
        auto [client, serving] = channel_pair(nullptr, &server);
        int closed = 0;
        client->on_close([&] {
            EXPECT_FALSE(event::in_fiber());
            ++closed;
        });
        auto reply = client->call(Echo{}, soon());
        ASSERT_FALSE(reply);
        EXPECT_EQ(reply.error().cause, Cause::closed);
        EXPECT_EQ(reply.error().blame, Blame::temporary);
        event::yield();
        EXPECT_EQ(closed, 1);
        EXPECT_FALSE(client->is_open());
        EXPECT_EQ(server.gone, 1);
        EXPECT_EQ(client->call(Add{}, soon()).error().cause, Cause::closed);
        client->send(Tell{"nobody hears it"});
        client->on_close([&] { ++closed; });
        event::yield();
        EXPECT_EQ(closed, 2);
    });
}

TEST(Channel, AnswersThatWereSentBeforeThePeerDiedStillCount)
{
    run_fiber([] {
        auto [here, there] = test::socket_pair();
        auto client = Channel::open(std::move(here), "right", nullptr);
        // What a call of Add sends, and the answer to it, by hand: the first number is slot 0, turn 1.
        const std::string body = encode(Sum{7});
        std::string answer{static_cast<char>(7 + body.size()), 0, 0, 0, 1, 0, 0, 0, 16, 0, 0};
        answer += body;
        also("dies", [&peer = there, answer] {
            event::sleep_for(Duration{5}); // the question is in the socket, unread
            EXPECT_EQ(::write(peer.get(), answer.data(), answer.size()), static_cast<ssize_t>(answer.size()));
            peer.reset();
        });
        auto sum = client->call(Add{3, 4}, soon());
        ASSERT_TRUE(sum) << sum.error().text;
        EXPECT_EQ(sum->sum, 7);
        event::sleep_for(Duration{1});
        EXPECT_FALSE(client->is_open());
    });
}

TEST(Channel, MayBeDroppedWhileItsAnswersAreUnderWay)
{
    run_fiber([] {
        Server server;
        event::Notice begun;
        server.on_echo = [&](const Echo&, Channel&) -> Result<Text> {
            begun.notify();
            event::sleep_for(Duration{5});
            return Text{"for nobody"};
        };
        auto [client, serving] = channel_pair(nullptr, &server);
        also("asks", [&client = client] { EXPECT_FALSE(client->call(Echo{}, Deadline::in(Duration{50}))); });
        ASSERT_TRUE(begun.wait(soon()));
        serving->close("");
        serving.reset();
        event::sleep_for(Duration{10});
    });
}

TEST(Channel, SurvivesTheEndOfTheLoopWhileFibersWait)
{
    Server server;
    event::Loop loop;
    server.on_echo = [](const Echo&, Channel&) -> Result<Text> {
        event::sleep_until(Deadline::never());
        return Text{};
    };
    EXPECT_TRUE(loop.spawn("asks", [&] {
        auto [client, serving] = channel_pair(nullptr, &server);
        also("stops", [] {
            event::sleep_for(Duration{5});
            event::Loop::current().stop();
        });
        [[maybe_unused]] const auto never = client->call(Echo{}, Deadline::never());
    }));
    loop.run();
}

TEST(Channel, PausesReadingWhileTooManyRequestsAreUnderWay)
{
    run_fiber([] {
        Server server;
        std::size_t at_once = 0;
        std::size_t most = 0;
        server.on_echo = [&](const Echo& message, Channel& from) -> Result<Text> {
            ++at_once;
            most = std::max(most, at_once);
            EXPECT_LE(from.answering(), 8u);
            event::sleep_for(Duration{1});
            --at_once;
            return Text{message.text};
        };
        Channel::Limits limits;
        limits.in_flight = 8;
        auto [client, serving] = channel_pair(nullptr, &server, limits);
        auto done = std::make_shared<int>(0);
        for (int i = 0; i < 100; ++i)
            also("asks", [&client = client, done] {
                EXPECT_TRUE(client->call(Echo{"x"}, soon()));
                ++*done;
            });
        while (*done < 100)
            event::sleep_for(Duration{1});
        EXPECT_EQ(most, 8u);
    });
}

TEST(Channel, SendersWaitWhileThePeerDoesNotRead)
{
    run_fiber([] {
        Server server;
        auto [here, there] = test::socket_pair();
        Channel::Limits limits;
        limits.out_high = 1'000'000;
        auto client = Channel::open(std::move(here), "slow", nullptr, limits);
        int sent = 0;
        also("sends", [&] {
            for (; sent < 40; ++sent)
                client->send(Tell{std::string(100'000, 's')});
        });
        event::sleep_for(Duration{20});
        EXPECT_LT(sent, 20);
        EXPECT_GE(client->waiting_octets(), 500'000u);
        EXPECT_LE(client->waiting_octets(), 1'200'000u);
        EXPECT_EQ(client->call(Add{}, Deadline::in(Duration{2})).error().cause, Cause::timeout);
        auto serving = Channel::open(std::move(there), "client", &server);
        while (server.told.size() < 40)
            event::sleep_for(Duration{1});
        EXPECT_EQ(sent, 40);
        EXPECT_EQ(client->waiting_octets(), 0u);
    });
}

TEST(Channel, APeerThatNeverReadsIsClosed)
{
    const Log log;
    run_fiber([] {
        auto [here, there] = test::socket_pair();
        Channel::Limits limits;
        limits.stall = Duration{20};
        limits.out_high = 100'000;
        auto client = Channel::open(std::move(here), "dead", nullptr, limits);
        for (int i = 0; i < 10; ++i)
            client->send(Tell{std::string(100'000, 's')});
        EXPECT_FALSE(client->is_open());
    });
    EXPECT_NE(log.text.find("closing channel to dead: the peer reads nothing"), std::string::npos)
        << log.text;
}

TEST(Channel, APeerThatNeverAnswersIsClosed)
{
    const Log log;
    run_fiber([] {
        auto [here, there] = test::socket_pair();
        Channel::Limits limits;
        limits.unanswered = 5;
        auto client = Channel::open(std::move(here), "mute", nullptr, limits);
        for (int i = 0; i < 5; ++i) {
            EXPECT_TRUE(client->is_open());
            EXPECT_FALSE(client->call(Add{}, Deadline::in(Duration{1})));
        }
        EXPECT_FALSE(client->is_open());
    });
    EXPECT_NE(log.text.find("closing channel to mute: the peer answers nothing"), std::string::npos)
        << log.text;
}

TEST(Channel, NoticesFromOutsideOfFibersAreBoundedToo)
{
    const Log log;
    run_fiber([] {
        auto [here, there] = test::socket_pair();
        Channel::Limits limits;
        limits.out_most = 3'000'000;
        auto client = Channel::open(std::move(here), "slow", nullptr, limits);
        event::Timer timer{[&] { client->send(Tell{std::string(1'000'000, 's')}); }};
        timer.start_every(Duration{1});
        while (client->is_open())
            event::sleep_for(Duration{1});
    });
    EXPECT_NE(log.text.find("closing channel to slow: the peer does not read fast enough"),
              std::string::npos);
}

TEST(Channel, SendsWhatWasSaidBeforeItIsDropped)
{
    run_fiber([] {
        Server server;
        auto [client, serving] = channel_pair(nullptr, &server);
        client->send(Tell{"last words"});
        client.reset();
        while (server.gone == 0)
            event::sleep_for(Duration{1});
        ASSERT_EQ(server.told.size(), 1u);
        EXPECT_EQ(server.told[0], "last words");
    });
}

TEST(Channel, AnEndpointMayDropTheChannelInANotice)
{
    run_fiber([] {
        Server server;
        auto [client, serving] = channel_pair(nullptr, &server);
        server.on_tell = [&held = serving](Channel&) { held.reset(); };
        client->send(Tell{"1"});
        client->send(Tell{"2"});
        while (client->is_open())
            event::sleep_for(Duration{1});
        EXPECT_EQ(server.told.size(), 2u);
    });
}

}
}
