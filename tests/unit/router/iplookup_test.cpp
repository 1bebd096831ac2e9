// The hosts that are asked are fibers of this test: packets and connections are real.
#include <netinet/in.h>
#include <sys/socket.h>

#include "common/event/stream.h"
#include "router/message_scene.h"
#include "tests/support/sockets.h"
#include "tests/unit/router/house.h"

namespace gp::router {
namespace {

struct Bound {
    OwnedFd socket;
    std::string port;
};

Bound bound(int kind)
{
    Bound out{OwnedFd{::socket(AF_INET, kind | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)}, {}};
    sockaddr_in here{};
    here.sin_family = AF_INET;
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof here;
    EXPECT_EQ(::bind(out.socket.get(), reinterpret_cast<const sockaddr*>(&here), size), 0);
    EXPECT_EQ(::getsockname(out.socket.get(), reinterpret_cast<sockaddr*>(&here), &size), 0);
    out.port = std::to_string(ntohs(here.sin_port));
    return out;
}

constexpr const char* usual_rest = "rest:\n  driver = accept\n  transport = file\n";

std::string routers(const std::string& port, const std::string& options, const std::string& rest = usual_rest)
{
    return "begin routers\nask:\n  driver = iplookup\n  domains = here.example\n  no_more\n  hosts = 127.0.0.1\n  port = " + port + "\n" +
           options + rest;
}

// What becomes of an address while a server answers each packet with `answer`; empty: it says nothing.
struct Asked {
    std::string becomes;
    std::string question;
};
Asked ask_by_udp(const std::string& options, const std::string& answer, const std::string& address = "Joe@here.example", const std::string& rest = usual_rest)
{
    auto server = bound(SOCK_DGRAM);
    Asked out;
    House house{routers(server.port, options, rest)};
    EXPECT_EQ(house.refused(), "");
    event::Loop loop;
    EXPECT_TRUE(loop.spawn("server", [&] {
        event::FdWatch watch{server.socket.get()};
        char packet[512];
        sockaddr_storage from{};
        while (watch.wait_readable(event::Deadline::in(Duration{3000}))) {
            socklen_t size = sizeof from;
            const auto got = ::recvfrom(server.socket.get(), packet, sizeof packet, 0, reinterpret_cast<sockaddr*>(&from), &size);
            if (got < 0)
                continue;
            out.question.assign(packet, static_cast<std::size_t>(got));
            if (!answer.empty())
                ::sendto(server.socket.get(), answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
            return;
        }
    }));
    EXPECT_TRUE(loop.spawn("router", [&] { out.becomes = house.route_here(address); }));
    loop.run_until_idle();
    return out;
}

enum class Then { closes, stays, resets };

std::string by_tcp(const std::string& options, std::vector<std::string> pieces, Then then = Then::closes)
{
    auto server = bound(SOCK_STREAM);
    EXPECT_EQ(::listen(server.socket.get(), 1), 0);
    std::string becomes;
    House house{routers(server.port, "  protocol = tcp\n" + options)};
    event::Loop loop;
    event::Notice done;
    EXPECT_TRUE(loop.spawn("server", [&] {
        event::FdWatch watch{server.socket.get()};
        if (!watch.wait_readable(event::Deadline::in(Duration{3000})))
            return;
        event::FdStream client{OwnedFd{::accept4(server.socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)}};
        char packet[512];
        const auto got = client.read(packet, event::Deadline::in(Duration{3000}));
        EXPECT_TRUE(got);
        for (const auto& piece : pieces) {
            EXPECT_TRUE(client.write(piece, event::Deadline::in(Duration{3000})));
            event::sleep_for(Duration{30});
        }
        const linger at_once{.l_onoff = 1, .l_linger = 0};
        if (then == Then::resets)
            ::setsockopt(client.fd(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        if (then == Then::stays)
            done.wait(event::Deadline::in(Duration{10'000}));
    }));
    EXPECT_TRUE(loop.spawn("router", [&] {
        becomes = house.route_here("joe@here.example");
        done.notify();
    }));
    loop.run_until_idle();
    return becomes;
}

TEST(IpLookup, TheAddressIsAskedForTwiceAndTheAnswerRepeatsIt)
{
    const auto asked = ask_by_udp("", "ann@there.example joe@here.example\r\n");
    EXPECT_EQ(asked.question, "joe@here.example joe@here.example");
    EXPECT_EQ(asked.becomes, "ann@there.example: rest > file\n");
}

TEST(IpLookup, AnAnswerToAnotherQuestionIsNone)
{
    EXPECT_EQ(ask_by_udp("", "ann@there.example jim@here.example").becomes, "Joe@here.example: - failed: Unrouteable address\n");
    EXPECT_EQ(ask_by_udp("", "ann@there.example").becomes, "Joe@here.example: - failed: Unrouteable address\n");
}

TEST(IpLookup, PatternAndRerouteMakeTheAddress)
{
    const std::string options = "  query = who is $local_part\n  response_pattern = ^is (.*)\n  reroute = $local_part-$1@there.example\n";
    const auto asked = ask_by_udp(options, "is ann");
    EXPECT_EQ(asked.question, "who is joe");
    EXPECT_EQ(asked.becomes, "joe-ann@there.example: rest > file\n");
    EXPECT_EQ(ask_by_udp(options, "was ann").becomes, "Joe@here.example: - failed: Unrouteable address\n");
    EXPECT_EQ(ask_by_udp("  query = x\n  reroute = $0@there.example\n", "ann").becomes, "ann@there.example: rest > file\n");
}

TEST(IpLookup, WhatIsNoAddressDefers)
{
    EXPECT_EQ(ask_by_udp("  query = x\n", "ann").becomes, "Joe@here.example: ask deferred: ask router: reroute string ann is not of the form user@domain\n");
    EXPECT_EQ(ask_by_udp("  query = x\n  reroute = ${if eq{1}{2}{a}fail}\n", "ann").becomes.substr(0, 68),
              "Joe@here.example: ask deferred: ask router: failed to expand ${if eq");
}

TEST(IpLookup, WithoutAnAnswerItWaitsOrPasses)
{
    const auto said = ask_by_udp("  timeout = 1s\n", "").becomes;
    EXPECT_TRUE(said.starts_with("Joe@here.example: ask deferred: ask router: failed to communicate with any host: [127.0.0.1]:")) << said;
    EXPECT_EQ(ask_by_udp("  timeout = 1s\n  optional\n", "").becomes, "Joe@here.example: rest > file\n"); // whatever no_more says
}

TEST(IpLookup, AnAnswerByTcpMayComeInPieces)
{
    EXPECT_EQ(by_tcp("", {"ann@there.exam", "ple joe@here.example"}), "ann@there.example: rest > file\n");
    EXPECT_EQ(by_tcp("", {"ann@there.example joe@here.example"}, Then::stays), "ann@there.example: rest > file\n");
    EXPECT_EQ(by_tcp("  query = x\n", {"ann@there.exam", "ple\r\n"}, Then::stays), "ann@there.example: rest > file\n");
    EXPECT_EQ(by_tcp("  query = x\n", {"ann@there.exam", "ple"}), "ann@there.example: rest > file\n");
    EXPECT_EQ(by_tcp("  query = x\n  timeout = 1s\n", {"ann@there.exam", "ple"}, Then::stays), "ann@there.example: rest > file\n");
}

TEST(IpLookup, WhatALostConnectionHasSaidIsNoAnswer)
{
    const auto said = by_tcp("  query = x\n", {"ann@there.exam"}, Then::resets);
    EXPECT_TRUE(said.starts_with("joe@here.example: ask deferred: ask router: failed to communicate with any host: [127.0.0.1]:")) << said;
}

TEST(IpLookup, TheAnswerIsAStrangersWord)
{
    const std::string rest = "rest:\n  driver = accept\n  transport = t\nbegin transports\nt:\n  driver = appendfile\n"
                             "  file = /nowhere/$local_part\n  user = 2000\n  group = 2000\n";
    const auto said = ask_by_udp("  query = x\n", "ann@there.example", "Joe@here.example", rest).becomes;
    EXPECT_NE(said.find("Tainted '/nowhere/ann'"), std::string::npos) << said;
}

TEST(IpLookup, AnAnswerThatIsMoreThanAnAddressDefers)
{
    using namespace std::string_literals;
    for (const auto& answer : {"ann@there.example>\r\nRCPT TO:<eve@there.example"s,
                               "ann@there.example>"s, "ann@there.example> NOTIFY=NEVER"s, "\"a\r\nRSET\"@there.example"s,
                               "ann\0@there.example"s, "ann@there\0.example"s, "ann@there.example, eve@there.example"s, "ann@"s, "@there.example"s})
        for (const auto* reroute : {"  reroute = $0\n", ""}) {
            const auto said = ask_by_udp("  query = x\n  response_pattern = (?s)^(.*)\n"s + reroute, answer).becomes;
            EXPECT_TRUE(said.starts_with("Joe@here.example: ask deferred: ask router: reroute string ")) << escape(answer) << ": " << said;
        }
}

TEST(IpLookup, BlanksAroundAnAddressAreNoneOfIt)
{
    EXPECT_EQ(ask_by_udp("  query = x\n", "ann@there.example\r\nRSET").becomes, "ann@there.example: rest > file\n");
    const auto said = ask_by_udp("  query = x\n  reroute = $0\n", "ann@there.example\nRSET").becomes;
    EXPECT_TRUE(said.starts_with("Joe@here.example: ask deferred: ask router: reroute string ")) << said;
    EXPECT_EQ(ask_by_udp("  query = x\n  reroute = $0\n", " ann@there.example\r\n").becomes, "ann@there.example: rest > file\n");
}

TEST(IpLookup, ItsOptionsAreChecked)
{
    EXPECT_NE(House{routers("0", "")}.refused().find("port must be specified"), std::string::npos);
    EXPECT_NE(House{routers("1", "  protocol = sctp\n")}.refused().find("sctp is not valid"), std::string::npos);
    EXPECT_NE(House{routers("1", "  response_pattern = (\n")}.refused().find("regular expression error"), std::string::npos);
}

}
}
