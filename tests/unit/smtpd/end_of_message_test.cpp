// What becomes of a message at its end, and of one whose client does not wait for that.
#include "common/mail/notes.h"
#include "tests/support/fiber_test.h"
#include "tests/unit/smtpd/transcript.h"

namespace gp::smtpd {
namespace {

TEST(Message, OfARefusedOneTheRejectLogHasTheHeadersAsTheyWouldBe)
{
    Transcript session;
    session.parameters.message_size_limit = 10;
    session.cleanup.on_submit = [](const cleanup::Submit& submit, ipc::Channel&) -> Result<cleanup::SubmitReply> {
        EXPECT_TRUE(submit.is_refused);
        return cleanup::SubmitReply{.headers = "Cc: a\r\nCc: a@b\r\n", .old_headers = {0}};
    };
    session.play([](Caller& client) {
        client.begins().hears("DATA").says("354 ").sends("Cc: a\r\n\r\nlong\r\n.\r\n").says("552 Message size");
    });
    EXPECT_TRUE(session.logged_reject("max=10\nEnvelope-from: <a@b.example>\nEnvelope-to: <x@example.org>\n* Cc: a\nC Cc: a@b")) << session.logs();
}

// Whoever judges it takes time.
TEST(Message, IsNotTakenFromAClientThatGoesWhileItIsJudged)
{
    Transcript session;
    session.parameters.phases |= std::uint64_t{1} << static_cast<unsigned>(router::Phase::data);
    session.cleanup.on_submit = [](const cleanup::Submit& submit, ipc::Channel& from) -> Result<cleanup::SubmitReply> {
        EXPECT_TRUE(submit.asks_before_commit);
        const auto answer = from.call(cleanup::StillThere{submit.envelope.id}, test::soon());
        EXPECT_TRUE(answer && !answer->is_there);
        return cleanup::SubmitReply{.taken = cleanup::Taken::unheard};
    };
    session.play([](Caller& client) {
        client.begins().hears("DATA").says("354 ");
        client.sends("Subject: x\r\n\r\nx\r\n.\r\n");
        client.stream().finish();
    });
    EXPECT_TRUE(session.logged("SMTP connection lost after final dot H=(client.example) [192.0.2.1] P=esmtp")) << session.logs();
}

TEST(Message, OfAClientThatWaitsIsSaidToBeWaitedFor)
{
    Transcript session;
    session.parameters.phases |= std::uint64_t{1} << static_cast<unsigned>(router::Phase::data);
    session.cleanup.on_submit = [](const cleanup::Submit& submit, ipc::Channel& from) -> Result<cleanup::SubmitReply> {
        const auto answer = from.call(cleanup::StillThere{submit.envelope.id}, test::soon());
        EXPECT_TRUE(answer && answer->is_there);
        const auto other = from.call(cleanup::StillThere{"1rABCD-000009-00"}, test::soon());
        EXPECT_TRUE(other && !other->is_there);
        return cleanup::SubmitReply{.taken = cleanup::Taken::committed, .state = submit.state};
    };
    session.play([](Caller& client) {
        client.begins().hears("DATA").says("354 ").sends("Subject: x\r\n\r\nx\r\n.\r\n").says("250 OK id=");
    });
}

TEST(Message, SaysWhatTheClientSaidOfItsBody)
{
    for (const std::string_view body : {"7BIT", "8BITMIME"}) {
        Transcript session;
        session.play([&](Caller& client) {
            client.greets().hears("MAIL FROM:<a@b.example> BODY=" + std::string(body)).says("250 ").hears("RCPT TO:<x@example.org>").says("250 ");
            client.hears("DATA").says("354 ").sends("\r\nx\r\n.\r\n").says("250 OK id=");
        });
        ASSERT_EQ(session.cleanup.messages.size(), 1u);
        EXPECT_EQ(mail::find_note(session.cleanup.messages[0].envelope, mail::note_body_7bit) != nullptr, body == "7BIT");
    }
}

// It would not hear that we have the message, and would send it again.
TEST(Message, IsNotTakenFromAClientThatHasHungUpBehindIt)
{
    Transcript session;
    session.play([](Caller& client) {
        client.begins().hears("DATA").says("354 ");
        client.sends("Subject: x\r\n\r\nx\r\n.\r\n");
        client.stream().finish();
    });
    EXPECT_TRUE(session.cleanup.messages.empty());
    EXPECT_TRUE(session.logged("SMTP connection lost after final dot H=(client.example) [192.0.2.1] P=esmtp")) << session.logs();
}

}
}
