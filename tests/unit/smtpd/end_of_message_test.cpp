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

// In the default a LF alone is an octet; where it is made a line end, the message is at most twice as large as is allowed.
TEST(Message, OfBareLineEndsHasASizeToo)
{
    for (const auto bare : {Parameters::BareNewline::reject, Parameters::BareNewline::normalize})
        for (const bool by_chunks : {false, true}) {
            Transcript session;
            session.parameters.message_size_limit = 20'000;
            session.parameters.bare_newline = bare;
            session.play([by_chunks](Caller& client) {
                const std::string text = "a: b\r\n\r\n" + std::string(500'000, '\n');
                client.begins();
                if (by_chunks)
                    client.sends("BDAT " + std::to_string(text.size()) + " LAST\r\n" + text);
                else
                    client.hears("DATA").says("354 ").sends(text + "\r\n.\r\n");
                client.says("552 Message size");
            });
            EXPECT_EQ(session.cleanup.open_parts(), 0u);
        }
}

// What follows a chunk that milters have refused is no message of its own.
TEST(Message, OfRefusedChunksHasNoRest)
{
    Transcript session;
    session.parameters.milter_set = 1;
    bool was_refused = false;
    session.cleanup.on_milter = [&](const cleanup::MilterQuestion& question) {
        cleanup::MilterAnswer answer;
        if (question.event == mail::MilterEvent::data && !std::exchange(was_refused, true))
            answer.verdict.kind = mail::MilterVerdict::Kind::tempfail;
        return answer;
    };
    session.play([](Caller& client) {
        client.begins().sends("BDAT 6\r\na: b\r\n").says("451 ").sends("BDAT 6 LAST\r\nc: d\r\n").says("503 only RSET accepted now");
        client.hears("RSET").says("250 ").hears("MAIL FROM:<a@b>").says("250 ").hears("RCPT TO:<x@example.org>").says("250 ");
        client.sends("BDAT 6 LAST\r\na: b\r\n").says("250- 6 byte chunk").says("250 OK id=");
    });
    ASSERT_EQ(session.cleanup.messages.size(), 1u) << session.logs();
    EXPECT_EQ(session.cleanup.messages[0].octets, "a: b\r\n");
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
