// LMTP on a listener of its own: RFC 2033.
#include "tests/unit/smtpd/transcript.h"

namespace gp::smtpd {
namespace {

struct Lmtp : Transcript {
    Lmtp() { lmtp = true; }
};

Caller& begins(Caller& client, std::initializer_list<const char*> recipients)
{
    client.says("220 ").hears("LHLO client.example").skips_to("250 ").hears("MAIL FROM:<a@b>").says("250 ");
    for (const auto* recipient : recipients)
        client.hears(std::string("RCPT TO:<") + recipient + ">").says("250 ");
    return client;
}

TEST(Lmtp, HasAReplyForEachRecipient)
{
    Lmtp session;
    session.play([](Caller& client) {
        begins(client, {"x@example.org", "y@example.org", "z@example.org"}).hears("DATA").says("354 ").sends("a: b\r\n.\r\n");
        client.says("250 OK id=").says("250 OK id=").says("250 OK id=").hears("QUIT").says("221 ");
    });
    ASSERT_EQ(session.cleanup.messages.size(), 1u) << session.logs();
    EXPECT_EQ(session.cleanup.messages[0].envelope.origin.protocol, "lmtp");
    EXPECT_EQ(session.cleanup.messages[0].envelope.recipients.size(), 3u);
}

TEST(Lmtp, TellsEachRecipientItsOwn)
{
    Lmtp session;
    bool asked_for_each = false;
    session.cleanup.on_submit = [&](const cleanup::Submit& submit, ipc::Channel&) -> Result<cleanup::SubmitReply> {
        asked_for_each = submit.prdr;
        cleanup::SubmitReply reply;
        reply.taken = cleanup::Taken::committed;
        reply.each = {{.code = 250, .enhanced = "2.0.0", .text = "first"}, {.code = 550, .enhanced = "5.7.1", .text = "second"}};
        return reply;
    };
    session.play([](Caller& client) {
        begins(client, {"x@example.org", "y@example.org"}).hears("DATA").says("354 ").sends("a: b\r\n.\r\n");
        client.says("250 first").says("550 second").hears("QUIT").says("221 ");
    });
    EXPECT_TRUE(asked_for_each);
}

TEST(Lmtp, RefusesForEachRecipient)
{
    Lmtp session;
    session.parameters.message_size_limit = 10;
    session.play([](Caller& client) {
        begins(client, {"x@example.org", "y@example.org"}).hears("DATA").says("354 ").sends("a: 1234567890\r\n.\r\n");
        client.says("552 ").says("552 ");
        client.hears("MAIL FROM:<a@b>").says("250 ").hears("RCPT TO:<x@example.org>").says("250 ");
        client.sends("BDAT 12 LAST\r\na: 1234567\r\n").says("552 ").hears("NOOP").says("250 ");
    });
}

// Policy took two of them, and then the message was not taken at all.
TEST(Lmtp, TellsNobodyThatARefusedMessageWasTaken)
{
    Lmtp session;
    session.cleanup.on_submit = [](const cleanup::Submit&, ipc::Channel&) -> Result<cleanup::SubmitReply> {
        cleanup::SubmitReply reply{.taken = cleanup::Taken::refused, .code = 451, .text = "not now"};
        reply.each = {{.code = 250, .enhanced = "2.0.0", .text = "first"},
                      {.code = 550, .enhanced = "5.7.1", .text = "second"},
                      {.code = 250, .enhanced = "2.0.0", .text = "third"}};
        return reply;
    };
    session.play([](Caller& client) {
        begins(client, {"x@example.org", "y@example.org", "z@example.org"}).hears("DATA").says("354 ").sends("a: b\r\n.\r\n");
        client.says("451 not now").says("550 second").says("451 not now").hears("QUIT").says("221 ");
    });
}

TEST(Lmtp, HasItsOwnHello)
{
    Lmtp session;
    session.play([](Caller& client) {
        client.says("220 ").hears("EHLO x.example").says("500 ").hears("HELO x.example").says("500 ").hears("LHLO x.example").skips_to("250 ");
        client.hears("DATA").says("503 "); // RFC 2033 section 4.2
    });
    Transcript smtp;
    smtp.play([](Caller& client) { client.says("220 ").hears("LHLO x.example").says("500 "); });
}

}
}
