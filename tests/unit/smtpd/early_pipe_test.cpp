// PIPECONNECT: what a client may say before it is greeted, and behind its EHLO.
#include "common/mail/notes.h"
#include "router/switches_protocol.h"

#include "tests/unit/smtpd/transcript.h"

namespace gp::smtpd {
namespace {

struct Early : Transcript {
    explicit Early(std::string said)
    {
        client_speaks_first = std::move(said);
        parameters.greeting.verdict.state.switches.emplace_back(router::pipe_connect);
        parameters.log_pipelining = true;
    }
    std::string mark() const
    {
        const auto* note = mail::find_note(cleanup.messages.at(0).envelope, mail::note_early_pipe);
        return note ? *note : "";
    }
};

TEST(EarlyPipe, TakesAWholeMessageBeforeTheGreeting)
{
    Early session{"EHLO client.example\r\nMAIL FROM:<a@b>\r\nRCPT TO:<x@example.org>\r\nDATA\r\n"};
    session.play([](Caller& client) {
        client.says("220 ").skips_to("250-PIPECONNECT").skips_to("250 ").says("250 OK").says("250 Accepted").says("354 ");
        client.sends("a: b\r\n.\r\n").says("250 OK id=").hears("QUIT").says("221 ");
    });
    ASSERT_EQ(session.cleanup.messages.size(), 1u) << session.logs();
    EXPECT_EQ(session.mark(), "*");
}

TEST(EarlyPipe, IsMarkedWhereItIsOnlyOffered)
{
    Early session{""};
    session.play([](Caller& client) {
        client.says("220 ").hears("EHLO client.example").skips_to("250-PIPECONNECT").skips_to("250 ");
        client.hears("MAIL FROM:<a@b>").says("250 ").hears("RCPT TO:<x@example.org>").says("250 ");
        client.hears("DATA").says("354 ").sends("a: b\r\n.\r\n").says("250 OK id=");
    });
    ASSERT_EQ(session.cleanup.messages.size(), 1u) << session.logs();
    EXPECT_EQ(session.mark(), ".");
}

// What is no EHLO is meant for another kind of server, or comes from one who never listens.
TEST(EarlyPipe, IsForHelloAlone)
{
    for (const std::string said : {"XCLIENT NAME=x\r\nEHLO x\r\n", "MAIL FROM:<a@b>\r\n", "GET / HTTP/1.1\r\n", "HELO x\r\n", "EHLOx\r\n"}) {
        Early session{said};
        session.play([](Caller& client) { client.says("554 SMTP synchronization error").is_closed(); });
    }
}

TEST(EarlyPipe, IsNotOfferedWithoutPipelining)
{
    Early session{""};
    session.parameters.greeting.advertise_pipelining = false;
    session.play([](Caller& client) {
        client.says("220 ").hears("EHLO client.example");
        EXPECT_EQ(client.reply().find("PIPE"), std::string::npos);
    });
}

TEST(EarlyPipe, IsForTheFirstHelloAlone)
{
    Early session{""};
    session.play([](Caller& client) {
        client.says("220 ").hears("EHLO one.example").skips_to("250 ");
        client.sends("EHLO two.example\r\nMAIL FROM:<a@b>\r\n").says("554 SMTP synchronization error").is_closed();
    });
}

}
}
