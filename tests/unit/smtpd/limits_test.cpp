// What a client may not do, or must wait for: limits of connections and commands, and how a session that is cut ends.

#include "router/switches_protocol.h"
#include "tests/unit/smtpd/transcript.h"

namespace gp::smtpd {
namespace {

using router::Phase;
using router::Verdict;

std::uint64_t bit(Phase phase)
{
    return std::uint64_t{1} << static_cast<unsigned>(phase);
}

// RFC 9422.
TEST(Limits, AreOfferedToWhomTheyAreToBe)
{
    for (const bool is_offered : {true, false}) {
        Transcript session;
        session.parameters.smtp_accept_max_per_connection = 7;
        session.parameters.recipients_max = 9;
        if (is_offered)
            session.parameters.greeting.verdict.state.switches.emplace_back(router::offers_limits);
        session.play([&](Caller& client) {
            client.says("220 ").hears("EHLO x");
            EXPECT_EQ(client.reply().find("250-LIMITS MAILMAX=7 RCPTMAX=9|") != std::string::npos, is_offered);
        });
    }
}

TEST(Limits, WhoCannotBeGreetedIsToldSoUntilQuit)
{
    Transcript session;
    session.parameters.greeting_is_constant = false;
    session.router.on_greet = [](const router::Greet&) -> Result<router::GreetReply> { return permanent("message_size_limit: nonsense"); };
    session.play([](Caller& client) {
        client.says("421 Temporary local problem").hears("EHLO x").says("421 Temporary local problem");
        client.hears("QUIT").says("221 ").is_closed();
    });
    EXPECT_NE(session.logs().find("message_size_limit: nonsense"), std::string::npos);
}

TEST(Limits, OfNonmailCommandsAreForThoseWhomRouterNames)
{
    Transcript session;
    session.parameters.greeting.max_nonmail = 1;
    session.play([](Caller& client) {
        client.greets().hears("NOOP").says("250 ").hears("NOOP").says("554 Too many nonmail commands").is_closed();
    });
}

// helo_lookup_domains, as long as nobody has set it: router is asked who that is, though it judges no HELO.
TEST(Limits, WhoBearsOurNameIsLookedUp)
{
    Transcript session;
    std::vector<std::string> names;
    session.router.on_ask = [&](const router::Ask& ask) -> Result<router::AskReply> {
        router::AskReply reply{.state = ask.state};
        if (ask.phase == Phase::helo) {
            names.push_back(ask.origin.helo_name);
            reply.host_name = "client.example";
        } else if (ask.phase == Phase::rcpt) {
            names.push_back(ask.origin.host_name);
        }
        return reply;
    };
    session.play([&](Caller& client) {
        client.says("220 ").hears("HELO other.example").says("250 ");
        client.hears("HELO " + session.parameters.primary_hostname).says("250 ").hears("HELO [192.0.2.1]").says("250 ");
        client.hears("MAIL FROM:<a@b>").says("250 ").hears("RCPT TO:<c@d>").says("250 ");
    });
    EXPECT_EQ(names, (std::vector<std::string>{session.parameters.primary_hostname, "client.example"}));
}

TEST(Limits, UnknownCommandsAreErrorsAsWell)
{
    Transcript session;
    session.parameters.smtp_max_synprot_errors = 1;
    session.play([](Caller& client) {
        client.greets().hears("FOO").says("500 unrecognized command");
        client.hears("BAR").says("500-unrecognized command").says("500 Too many syntax or protocol errors").is_closed();
    });
}

// $smtp_notquit_reason (manual 44.11).
TEST(Limits, TheLastAclHearsWhyTheSessionEnds)
{
    Transcript session;
    session.parameters.phases = bit(Phase::notquit);
    session.parameters.smtp_max_unknown_commands = 0;
    session.play([](Caller& client) { client.greets().hears("FOO").says("500 Too many unrecognized commands").is_closed(); });
    ASSERT_EQ(session.router.asked.size(), 1u);
    EXPECT_EQ(session.router.asked[0].argument, "bad-commands");
}

TEST(Limits, PredataMayChooseItsCodeAndAGreetingHasOneLine)
{
    Transcript session;
    session.parameters.phases = bit(Phase::predata) | bit(Phase::helo) | bit(Phase::rcpt);
    session.router.on_ask = [](const router::Ask& ask) -> Result<router::AskReply> {
        router::AskReply reply;
        reply.state = ask.state;
        if (ask.phase == Phase::predata)
            reply.code = 300, reply.text = "go on";
        if (ask.phase == Phase::helo)
            reply.text = "two\nlines";
        return reply;
    };
    session.play([](Caller& client) {
        client.says("220 ").hears("HELO foo").says("250 two");
        client.hears("MAIL FROM:<a@b>").says("250 ").hears("RCPT TO:<x@y>").says("250 ");
        client.hears("DATA").says("300 go on").sends("a: b\r\n\r\n.\r\n").says("250 ");
    });
    EXPECT_NE(session.logs().find("EHLO/HELO response must not contain newlines: message truncated: 250 two\\nlines"), std::string::npos);
}

TEST(Limits, RefusalsAreLoggedWhereTheAclSays)
{
    Transcript session;
    session.parameters.phases = bit(Phase::rcpt);
    session.router.on_ask = [](const router::Ask& ask) -> Result<router::AskReply> {
        router::AskReply reply;
        reply.state = ask.state;
        reply.verdict = Verdict::deny;
        reply.log_targets = ask.argument.starts_with("quiet") ? 0 : mail::log_to_reject;
        return reply;
    };
    session.play([](Caller& client) {
        client.greets().hears("MAIL FROM:<a@b>").says("250 ");
        client.hears("RCPT TO:<loud@y>").says("550 ").hears("RCPT TO:<quiet@y>").says("550 ");
        client.hears("RCPT TO:<unqualified>").says("501 ");
    });
    EXPECT_FALSE(session.logged_reject("rejected RCPT <quiet@y>"));
    EXPECT_TRUE(session.logged_reject("unqualified recipient rejected: <unqualified>")); // no ACL had a word in it
    EXPECT_TRUE(session.logged_reject("rejected RCPT <loud@y>"));
}

}
}
