// XFORWARD (postfix.org, XFORWARD_README).
#include "common/mail/notes.h"

#include "tests/unit/smtpd/transcript.h"

namespace gp::smtpd {
namespace {

struct Filter : Transcript {
    Filter() { parameters.greeting.offers_xclient = true; }
};

const std::string* forwarded(const CleanupProcess::Message& message)
{
    return mail::find_note(message.envelope, mail::note_forwarded);
}

TEST(XForward, TellsTheLogAndChangesNothingElse)
{
    Filter session;
    session.play([](Caller& client) {
        client.says("220 ").hears("EHLO filter.example").skips_to("250-XFORWARD NAME ADDR PORT PROTO HELO IDENT SOURCE").skips_to("250 ");
        client.hears("XFORWARD NAME=spike.example ADDR=IPV6:2001:db8::7 PORT=4711 PROTO=ESMTP").says("250 ");
        client.hears("XFORWARD HELO=spike+2Eexample IDENT=3T4 SOURCE=REMOTE").says("250 ");
        client.hears("MAIL FROM:<a@b>").says("250 ").hears("XFORWARD NAME=x").says("503 ");
        client.hears("RCPT TO:<x@example.org>").says("250 ").hears("DATA").says("354 ").sends("a: b\r\n.\r\n").says("250 OK id=");
        client.hears("MAIL FROM:<a@b>").says("250 ").hears("RCPT TO:<x@example.org>").says("250 ");
        client.hears("DATA").says("354 ").sends("a: b\r\n.\r\n").says("250 OK id=");
    });
    ASSERT_EQ(session.cleanup.messages.size(), 2u) << session.logs();
    const auto& message = session.cleanup.messages[0];
    ASSERT_TRUE(forwarded(message));
    EXPECT_EQ(*forwarded(message), "spike.example (spike.example) [2001:db8::7]:4711 P=ESMTP id=3T4");
    EXPECT_EQ(message.envelope.origin.host_address, "192.0.2.1");
    EXPECT_EQ(message.envelope.origin.helo_name, "filter.example");
    EXPECT_EQ(forwarded(session.cleanup.messages[1]), nullptr); // of one message nothing is told of the next
}

TEST(XForward, IsForgottenWithItsTransaction)
{
    Filter session;
    session.play([](Caller& client) {
        client.greets().hears("XFORWARD NAME=one.example ADDR=192.0.2.8").says("250 ").hears("RSET").says("250 ");
        client.hears("XFORWARD ADDR=192.0.2.9 HELO=x").says("250 ").hears("XFORWARD ADDR=192.0.2.10 HELO=[UNAVAILABLE]").says("250 ");
        client.hears("MAIL FROM:<a@b>").says("250 ").hears("RCPT TO:<x@example.org>").says("250 ");
        client.hears("DATA").says("354 ").sends("a: b\r\n.\r\n").says("250 OK id=");
        client.hears("XFORWARD NAME=two.example").says("250 ").hears("EHLO filter.example").skips_to("250 ");
        client.hears("MAIL FROM:<a@b>").says("250 ").hears("RCPT TO:<x@example.org>").says("250 ");
        client.hears("DATA").says("354 ").sends("a: b\r\n.\r\n").says("250 OK id=");
    });
    ASSERT_EQ(session.cleanup.messages.size(), 2u) << session.logs();
    ASSERT_TRUE(forwarded(session.cleanup.messages[0]));
    EXPECT_EQ(*forwarded(session.cleanup.messages[0]), "[192.0.2.10]"); // said anew, and nothing of what was reset
    EXPECT_EQ(forwarded(session.cleanup.messages[1]), nullptr);
}

TEST(XForward, IsForThoseWhoAreBelieved)
{
    Transcript session;
    session.play([](Caller& client) { client.greets().hears("XFORWARD NAME=x").says("503 "); });
}

TEST(XForward, RefusesWhatItDoesNotUnderstand)
{
    Filter session;
    session.play([](Caller& client) {
        client.greets().hears("XFORWARD COLOUR=red").says("501 ").hears("XFORWARD ADDR=nowhere").says("501 ");
    });
    Filter another;
    another.play([](Caller& client) {
        client.greets().hears("XFORWARD PORT=99999").says("501 ").hears("XFORWARD NAME=a+0Db").says("501 ");
        client.hears("XFORWARD NAME=[UNAVAILABLE]").says("250 ");
    });
}

}
}
