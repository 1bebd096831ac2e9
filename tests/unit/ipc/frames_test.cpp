// Frames as a hostile process might send them.

#include "common/ipc/channel.h"
#include "tests/support/fiber_test.h"
#include "tests/support/sockets.h"
#include "tests/unit/ipc/messages.h"
#include "tests/unit/ipc/overheard.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace gp::ipc {
namespace {

using test::also;
using test::channel_pair;
using test::run_fiber;
using test::soon;

std::string frame(char kind, std::string_view name, std::string_view body, char descriptors = 0,
                  std::string_view correlation = std::string_view{"\1\0\0\0", 4})
{
    std::string octets;
    const auto length = 7 + name.size() + body.size();
    for (int i = 0; i < 4; ++i)
        octets.push_back(static_cast<char>(length >> (8 * i) & 0xff));
    octets.push_back(kind);
    octets.push_back(descriptors);
    octets += correlation;
    octets.push_back(static_cast<char>(name.size()));
    octets += name;
    octets += body;
    return octets;
}

constexpr char request = 0;
constexpr char reply = 1;
constexpr char error = 2;
constexpr char notice = 3;

// Sends the octets to a channel that serves; gives back what it logs.
std::string complaint(const std::string& octets)
{
    Log log;
    run_fiber([&] {
        Server server;
        auto [here, there] = test::socket_pair();
        auto serving = Channel::open(std::move(there), "peer", &server);
        if (::write(here.get(), octets.data(), octets.size()) != static_cast<ssize_t>(octets.size()))
            panic("the socket takes a frame");
        event::sleep_for(Duration{2});
        EXPECT_EQ(serving->is_open(), log.text.empty());
        EXPECT_EQ(server.gone, log.text.empty() ? 0 : 1);
    });
    return log.text;
}

void expect_complaint(const std::string& octets, std::string_view want)
{
    const auto said = complaint(octets);
    EXPECT_NE(said.find("closing channel to peer: " + std::string(want)), std::string::npos) << said;
    EXPECT_EQ(said.find('\n'), said.size() - 1) << "one line: " << said;
}

TEST(ChannelFrames, ThatAreWellFormedAreServed)
{
    EXPECT_EQ(complaint(frame(request, "add", encode(Add{1, 2}))), "");
    EXPECT_EQ(complaint(frame(notice, "tell", encode(Tell{"x"}))), "");
    EXPECT_EQ(complaint(frame(notice, "tell", encode(Tell{"x"})).substr(0, 9)), "");
}

TEST(ChannelFrames, OfUnknownMessagesCloseTheChannel)
{
    expect_complaint(frame(request, "nonsense", ""), "unknown message \"nonsense\"");
    expect_complaint(frame(request, "", ""), "unknown message \"\"");
    expect_complaint(frame(request, "a\nb", ""), "unknown message \"a\\nb\"");
    expect_complaint(frame(notice, std::string(255, 'n'), ""), "unknown message");
}

TEST(ChannelFrames, OfTheWrongKindCloseTheChannel)
{
    expect_complaint(frame(4, "add", ""), "no such kind of frame: 4");
    expect_complaint(frame(notice, "add", encode(Add{})), "message \"add\" comes as the wrong kind of frame");
    expect_complaint(frame(request, "tell", encode(Tell{})),
                     "message \"tell\" comes as the wrong kind of frame");
}

TEST(ChannelFrames, ThatAreTooLargeForTheirTypeCloseTheChannel)
{
    expect_complaint(frame(request, "add", std::string(65'537, 'x')), "message \"add\" of 65537 octets");
}

TEST(ChannelFrames, ThatAreMalformedCloseTheChannel)
{
    expect_complaint(frame(request, "add", "\1a\2"), "malformed add: ends before field b");
    expect_complaint(frame(request, "add", encode(Add{}) + "x"),
                     "malformed add: octets after the last field b");
    expect_complaint(frame(notice, "tell", "junk"), "malformed tell: expected field text");
    using namespace std::string_literals;
    expect_complaint("\6\0\0\0\0\0\1\0\0\0"s, "frame shorter than its head");
    expect_complaint("\0\0\0\0"s, "frame shorter than its head");
    expect_complaint("\xff\xff\xff\xff"s, "frame of 4294967295 octets");
    expect_complaint("\7\0\0\0\0\0\1\0\0\0\5"s, "frame ends inside the name of its message");
}

TEST(ChannelFrames, WithoutTheirDescriptorsCloseTheChannel)
{
    expect_complaint(frame(request, "add", encode(Add{}), 1), "frame whose descriptors did not come");
    expect_complaint(frame(request, "add", encode(Add{}), 33), "frame with 33 descriptors");
}

TEST(ChannelFrames, AnsweringNothingCloseTheChannel)
{
    expect_complaint(frame(reply, "", encode(Sum{})), "an answer to nothing that was asked");
    expect_complaint(frame(error, "", ""), "an answer to nothing that was asked");
}

// Answers a call of Add with these octets; gives back what the caller hears and the log.
std::string answered_with(const std::string& octets)
{
    Log log;
    std::string heard;
    run_fiber([&] {
        auto [here, there] = test::socket_pair();
        auto client = Channel::open(std::move(here), "peer", nullptr);
        also("answers", [&peer = there, octets] {
            event::sleep_for(Duration{1});
            EXPECT_EQ(::write(peer.get(), octets.data(), octets.size()), static_cast<ssize_t>(octets.size()));
        });
        auto sum = client->call(Add{}, soon());
        heard = sum ? "sum " + std::to_string(sum->sum) : sum.error().text;
        EXPECT_EQ(client->is_open(), log.text.empty());
    });
    return heard + "; " + log.text;
}

TEST(ChannelFrames, AnswersMustBeWellFormed)
{
    using namespace std::string_view_literals;
    const auto first = "\0\0\x10\0"sv; // slot 0, turn 1
    EXPECT_EQ(answered_with(frame(reply, "", encode(Sum{5}), 0, first)), "sum 5; ");
    EXPECT_NE(answered_with(frame(reply, "", "junk", 0, first)).find("malformed answer to add"),
              std::string::npos);
    EXPECT_NE(answered_with(frame(reply, "add", encode(Sum{5}), 0, first)).find("an answer with a name"),
              std::string::npos);
    EXPECT_NE(
        answered_with(frame(reply, "", std::string(70'000, 'x'), 0, first)).find("an answer of 70000 octets"),
        std::string::npos);
    EXPECT_NE(answered_with(frame(error, "", "junk", 0, first)).find("malformed error"), std::string::npos);
    const auto twice = frame(reply, "", encode(Sum{5}), 0, first);
    EXPECT_NE(answered_with(twice + twice).find("an answer to nothing that was asked"), std::string::npos);
}

TEST(ChannelFrames, AskingForWhatNobodyServesClosesTheChannel)
{
    const Log log;
    run_fiber([] {
        Server server;
        auto [client, serving] = channel_pair(nullptr, &server);
        EXPECT_EQ(client->call(Unknown{}, soon()).error().cause, Cause::closed);
    });
}

TEST(ChannelFrames, ArriveWholeHoweverTheSocketCutsThem)
{
    run_fiber([] {
        Server server;
        auto [here, there] = test::socket_pair();
        auto serving = Channel::open(std::move(there), "peer", &server);
        std::string octets;
        for (int i = 0; i < 20; ++i)
            octets +=
                frame(notice, "tell",
                      encode(Tell{std::to_string(i) + std::string(static_cast<std::size_t>(i * 7), 't')}));
        // Cuts of growing size fall on every part of a frame.
        for (std::size_t at = 0, cut = 1; at < octets.size(); at += cut, cut = cut % 13 + 1) {
            const auto part = octets.substr(at, cut);
            ASSERT_EQ(::write(here.get(), part.data(), part.size()), static_cast<ssize_t>(part.size()));
            event::sleep_for(Duration{0});
        }
        while (server.told.size() < 20)
            event::sleep_for(Duration{1});
        EXPECT_EQ(server.told[19].substr(0, 3), "19t");
    });
}

}
}
