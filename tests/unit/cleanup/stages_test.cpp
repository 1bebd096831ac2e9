// What each stage does to a message, seen at its end: what is committed, or how it is refused.
#include "tests/unit/cleanup/scene.h"

#include "cleanup/pipeline.h"

namespace gp::cleanup {
namespace {

constexpr std::uint64_t bit(router::Phase phase)
{
    return std::uint64_t{1} << static_cast<unsigned>(phase);
}

// The headers without Received:, which is in front.
std::string headers_of(Scene& scene, const Submit& message)
{
    scene.spool.kept.clear();
    const auto reply = scene.submit(message);
    EXPECT_TRUE(reply && reply->taken == Taken::committed) << (reply ? reply->text : reply.error().text);
    if (scene.spool.kept.empty())
        return {};
    const auto headers = mail::HeaderList::parse(scene.kept().commit.headers);
    std::string text;
    for (const auto& header : headers->headers)
        if (!header.is("Received"))
            text += header.text();
    return text;
}

bool has(const std::string& text, std::string_view part)
{
    return text.find(part) != text.npos;
}

TEST(Stages, StandInTheOrderOfTheManual)
{
    std::string order;
    for (const auto& stage : stages())
        order += std::string(stage.name) + ", ";
    EXPECT_EQ(order, "recipients, trace, delivery headers, missing headers, qualify, rewriting, early headers, discarded, signatures, mime, prdr, policy, "
                     "edit headers, milters, envelope, ");
}

TEST(Trace, TooManyReceivedHeadersAreALoop)
{
    play([](Scene& scene) {
        scene.parameters.received_headers_max = 2;
        const std::string one = "Received: from x by y; Thu, 1 Jan 1970 00:00:00 +0000\r\n";
        EXPECT_EQ(scene.submit(from_network(one + one + "\r\nbody\r\n"))->taken, Taken::committed);
        EXPECT_EQ(scene.kept().envelope.received_count, 3u);
        const auto loop = scene.submit(from_network(one + one + one + "\r\nbody\r\n"));
        EXPECT_EQ(loop->code, 550u);
        EXPECT_EQ(loop->text, "Too many \"Received\" headers - suspected mail loop");
    });
}

TEST(Trace, ReceivedHasTheConfiguredText)
{
    play([](Scene& scene) {
        scene.parameters.received_header_text_is_set = true;
        scene.router.options["received_header_text"] = "Received: our own text";
        EXPECT_EQ(scene.submit(from_network("\r\nbody\r\n"))->taken, Taken::committed);
        EXPECT_TRUE(scene.kept().commit.headers.starts_with("Received: our own text;")) << scene.kept().commit.headers;
        scene.router.options.clear();
        EXPECT_EQ(scene.submit(from_network("\r\nbody\r\n"))->code, 451u);
    });
}

TEST(Recipients, AreTakenFromTheHeadersWithT)
{
    play([](Scene& scene) {
        auto message = from_program("To: Bob <b@x.example>, carl, dan@y.example\r\nCc: b@X.example\r\nBcc: dan@y.example\r\nSubject: s\r\n\r\nbody\r\n");
        message.envelope.recipients.clear();
        message.local.extract_recipients = true;
        message.local.arguments = {"carl@rcpt.example.org"};
        const auto headers = headers_of(scene, message);
        std::vector<std::string> found;
        for (const auto& recipient : scene.kept().envelope.recipients)
            found.push_back(recipient.address);
        EXPECT_EQ(found, (std::vector<std::string>{"b@x.example", "dan@y.example", "dan@y.example"})); // as Exim's $recipients
        EXPECT_FALSE(has(headers, "Bcc:"));
        scene.parameters.extract_addresses_remove_arguments = false;
    });
}

TEST(Recipients, ArgumentsMayBeAddedInstead)
{
    play([](Scene& scene) {
        scene.parameters.extract_addresses_remove_arguments = false;
        auto message = from_program("To: b@x.example\r\n\r\nbody\r\n");
        message.envelope.recipients.clear();
        message.local.extract_recipients = true;
        message.local.arguments = {"c@x.example", "b@x.example"};
        headers_of(scene, message);
        ASSERT_EQ(scene.kept().envelope.recipients.size(), 3u);
        EXPECT_EQ(scene.kept().envelope.recipients[0].address, "c@x.example"); // in front, as in Exim
        EXPECT_EQ(scene.kept().envelope.recipients[2].address, "b@x.example");
    });
}

TEST(Recipients, ResentOnesCountAlone)
{
    play([](Scene& scene) {
        auto message = from_program("To: old@x.example\r\nResent-To: new@x.example\r\nResent-Bcc: hid@x.example\r\n\r\nbody\r\n");
        message.envelope.recipients.clear();
        message.local.extract_recipients = true;
        const auto headers = headers_of(scene, message);
        ASSERT_EQ(scene.kept().envelope.recipients.size(), 2u);
        EXPECT_EQ(scene.kept().envelope.recipients[0].address, "new@x.example");
        EXPECT_FALSE(has(headers, "Resent-Bcc"));
    });
}

TEST(Recipients, NoneAndTooManyAreRefused)
{
    play([](Scene& scene) {
        auto message = from_program("Subject: s\r\n\r\nbody\r\n");
        message.envelope.recipients.clear();
        message.local.extract_recipients = true;
        EXPECT_EQ(scene.submit(message)->code, 503u);
        scene.parameters.recipients_max = 1;
    });
    play([](Scene& scene) {
        scene.parameters.recipients_max = 1;
        auto message = from_program("To: a@x.example, b@x.example\r\n\r\nbody\r\n");
        message.envelope.recipients.clear();
        message.local.extract_recipients = true;
        const auto reply = scene.submit(message);
        EXPECT_EQ(reply->code, 552u);
        EXPECT_TRUE(has(reply->text, "recipients_max"));
    });
}

TEST(DeliveryHeaders, DoNotTravel)
{
    play([](Scene& scene) {
        const std::string text = "Return-path: <x@y>\r\nDelivery-date: then\r\nEnvelope-to: z\r\nSubject: s\r\n\r\nbody\r\n";
        EXPECT_EQ(headers_of(scene, from_network(text)), "Subject: s\r\n");
    });
    play([](Scene& scene) {
        scene.parameters.envelope_to_remove = scene.parameters.return_path_remove = scene.parameters.delivery_date_remove = false;
        EXPECT_TRUE(has(headers_of(scene, from_network("Envelope-to: z\r\nReturn-path: <x@y>\r\n\r\nbody\r\n")), "Envelope-to: z\r\nReturn-path"));
    });
}

TEST(MissingHeaders, AreCompletedForLocalProgramsAlone)
{
    play([](Scene& scene) {
        auto local = from_program("Subject: s\r\n\r\nbody\r\n");
        local.local.full_name = "Ann Example";
        const auto headers = headers_of(scene, local);
        EXPECT_TRUE(has(headers, "Message-Id: <E1rABCD-000001-00@mx.example.org>\r\n")) << headers;
        EXPECT_TRUE(has(headers, "From: Ann Example <ann@example.org>\r\n")) << headers;
        EXPECT_TRUE(has(headers, "\r\nDate: ")) << headers;
        EXPECT_EQ(headers_of(scene, from_network("Subject: s\r\n\r\nbody\r\n")), "Subject: s\r\n");
    });
}

TEST(MissingHeaders, SubmissionControlCompletesThemToo)
{
    play([](Scene& scene) {
        auto message = from_network("Subject: s\r\n\r\nbody\r\n");
        message.envelope.origin.authenticated_id = "carl";
        message.state.controls = {"submission/domain=corp.example/name=Carl C"};
        const auto headers = headers_of(scene, message);
        EXPECT_TRUE(has(headers, "From: Carl C <a@src.example>\r\n")) << headers;
        EXPECT_TRUE(has(headers, "Message-Id: <E1rABCD-000001-00@"));
        message.state.controls.push_back("suppress_local_fixups");
        EXPECT_EQ(headers_of(scene, message), "Subject: s\r\n");
    });
}

TEST(MissingHeaders, OfAResentMessageStandInFront)
{
    play([](Scene& scene) {
        auto headers = headers_of(scene, from_program("Subject: s\r\nResent-To: b@x.example\r\n\r\nbody\r\n"));
        EXPECT_TRUE(headers.starts_with("Resent-Date: ")) << headers;
        EXPECT_TRUE(has(headers, "\r\nResent-Message-Id: <E1rABCD-000001-00@mx.example.org>\r\nSubject: s\r\n")) << headers;
        EXPECT_TRUE(headers.ends_with("\r\nResent-From: ann@example.org\r\n")) << headers;
        auto message = from_program("To: b@x.example\r\nResent-Bcc: hid@x.example\r\n\r\nbody\r\n");
        message.envelope.recipients.clear();
        message.local.extract_recipients = true;
        headers = headers_of(scene, message);
        EXPECT_TRUE(has(headers, "Resent-Message-Id:") && !has(headers, "Resent-Bcc")) << headers;
    });
}

TEST(MissingHeaders, AreLeftToTheHostThatATrustedCallerNames)
{
    play([](Scene& scene) {
        auto message = from_program("Subject: s\r\n\r\nbody\r\n");
        message.envelope.origin.host_address = "192.0.2.7";
        EXPECT_EQ(headers_of(scene, message), "Subject: s\r\n");
    });
}

TEST(MissingHeaders, NobodySentWhatHasTheNullSender)
{
    play([](Scene& scene) {
        auto message = from_program("Subject: s\r\n\r\nbody\r\n");
        message.envelope.sender.clear();
        message.local.sender_given = true;
        message.envelope.origin.trusted = true;
        EXPECT_FALSE(has(headers_of(scene, message), "From:"));
        scene.spool.kept.clear();
        message.envelope.origin.trusted = false; // we know who it was
        EXPECT_TRUE(has(headers_of(scene, message), "From: ann@example.org"));
    });
}

TEST(MissingHeaders, AForeignFromGetsASender)
{
    play([](Scene& scene) {
        const auto headers = headers_of(scene, from_program("From: boss@corp.example\r\n\r\nbody\r\n"));
        EXPECT_TRUE(has(headers, "Sender: ann@example.org\r\n")) << headers;
        EXPECT_FALSE(has(headers_of(scene, from_program("From: Ann <ann@example.org>\r\n\r\nbody\r\n")), "Sender:"));
        auto trusted = from_program("From: boss@corp.example\r\n\r\nbody\r\n");
        trusted.envelope.origin.trusted = true;
        EXPECT_FALSE(has(headers_of(scene, trusted), "Sender:"));
        scene.parameters.local_from_check = false;
    });
}

// local_from_prefix and local_from_suffix are lists, and neither affix need be there.
TEST(MissingHeaders, AFromWithAPermittedAffixIsTheSendersOwn)
{
    play([](Scene& scene) {
        scene.parameters.local_from_prefix = "x- : *--";
        scene.parameters.local_from_suffix = "+s : -*";
        const auto gets_one = [&](const std::string& from) {
            return has(headers_of(scene, from_program("From: " + from + "@example.org\r\n\r\nbody\r\n")), "Sender:");
        };
        for (const std::string own : {"ann", "x-ann", "any--ann", "ann+s", "ann-that", "x-ann-that"})
            EXPECT_FALSE(gets_one(own)) << own;
        for (const std::string other : {"x-bob", "ann+t", "y-ann", "annx"})
            EXPECT_TRUE(gets_one(other)) << other;
    });
}

TEST(MissingHeaders, AnUntrustedSenderHeaderGoes)
{
    play([](Scene& scene) {
        const auto headers = headers_of(scene, from_program("From: ann@example.org\r\nSender: boss@corp.example\r\n\r\nbody\r\n"));
        EXPECT_FALSE(has(headers, "Sender:")) << headers;
    });
}

TEST(Qualify, BareAddressesOfLocalMailGetADomain)
{
    play([](Scene& scene) {
        const auto headers = headers_of(scene, from_program("From: ann@example.org\r\nTo: bob, \"C, D\" <carl>,e@x.example\r\n"
                                                            "Reply-To: help\r\n\r\nbody\r\n"));
        EXPECT_TRUE(has(headers, "To: bob@rcpt.example.org, \"C, D\" <carl@rcpt.example.org>,\r\n\te@x.example\r\n")) << headers;
        EXPECT_TRUE(has(headers, "Reply-To: help@example.org\r\n")) << headers;
        EXPECT_TRUE(has(headers_of(scene, from_network("To: bob\r\n\r\nbody\r\n")), "To: bob\r\n"));
    });
}

TEST(Policy, IsAskedWithTheWholeMessageWhereThereIsAnAcl)
{
    play([](Scene& scene) {
        headers_of(scene, from_network("Subject: s\r\n\r\nbody\r\n"));
        EXPECT_TRUE(scene.router.asked.empty());
    });
    play([](Scene& scene) {
        scene.parameters.phases = bit(router::Phase::data) | bit(router::Phase::not_smtp);
        headers_of(scene, from_network("Subject: s\r\n\r\nbody\r\nmore\r\n"));
        headers_of(scene, from_program("Subject: t\r\n\r\nbody\r\n"));
        ASSERT_EQ(scene.router.asked.size(), 2u);
        const auto& asked = scene.router.asked[0];
        EXPECT_EQ(asked.phase, router::Phase::data);
        EXPECT_TRUE(asked.headers.starts_with("Received: ") && asked.headers.ends_with("Subject: s\r\n"));
        EXPECT_EQ(asked.body_lines, 2u);
        EXPECT_EQ(asked.longest_line, 10u);
        EXPECT_TRUE(asked.body_start.starts_with("body\r\n"));
        EXPECT_EQ(asked.size, asked.headers.size() + 12);
        EXPECT_EQ(scene.router.asked[1].phase, router::Phase::not_smtp);
    });
}

// A question that is larger than its frame would never be answered, and the message never taken.
TEST(Policy, IsAskedAboutMessagesWithVeryManyRecipients)
{
    play([](Scene& scene) {
        scene.parameters.phases = bit(router::Phase::data);
        scene.parameters.received_header_text_is_set = true;
        scene.parameters.log_received_recipients = true;
        scene.router.options["received_header_text"] = "Received: here";
        auto message = from_network("Subject: s\r\n\r\nbody\r\n");
        message.envelope.recipients.clear();
        for (int i = 0; i < 50'000; ++i)
            message.envelope.recipients.push_back({.address = std::string(90, 'u') + std::to_string(i) + "@example.org"});
        EXPECT_EQ(scene.submit(message)->taken, Taken::committed);
        ASSERT_EQ(scene.router.asked.size(), 1u);
        EXPECT_EQ(scene.router.asked[0].recipients_count, 50'000u);
        EXPECT_GT(scene.router.asked[0].recipients.size(), 10'000u);
        EXPECT_LT(scene.kept().commit.log_line.size(), 10'000u);
    });
}

// What a recipient was called before it was completed or rewritten is for the line of its arrival alone.
TEST(ArrivalLine, NamesRecipientsAsTheyWereWritten)
{
    play([](Scene& scene) {
        scene.parameters.log_received_recipients = true;
        scene.parameters.log_receive_time = true;
        auto message = from_network("Subject: s\r\n\r\nbody\r\n");
        message.envelope.recipients = {{.address = "a@b.example", .original = "a"}};
        EXPECT_EQ(scene.submit(message)->taken, Taken::committed);
        const auto& line = scene.kept().commit.log_line;
        EXPECT_TRUE(line.ends_with(" for a")) << line;
        EXPECT_LT(line.find(" S="), line.find(" RT=")) << line;
        EXPECT_EQ(scene.kept().envelope.recipients.at(0).original, "");
    });
}

TEST(Policy, WordsTheAnswerToAnAcceptedMessage)
{
    play([](Scene& scene) {
        scene.parameters.phases = bit(router::Phase::data);
        scene.router.says = {.verdict = router::Verdict::accept, .code = 250, .text = "2.3.4 fine thanks"};
        const auto reply = scene.submit(from_network("Subject: s\r\n\r\nbody\r\n"));
        EXPECT_EQ(reply->taken, Taken::committed);
        EXPECT_EQ(std::to_string(reply->code) + " " + reply->text, "250 2.3.4 fine thanks");
    });
}

TEST(Policy, RefusesDefersAndDiscards)
{
    play([](Scene& scene) {
        scene.parameters.phases = bit(router::Phase::data);
        scene.router.says.verdict = router::Verdict::deny;
        auto reply = scene.submit(from_network("Subject: s\r\n\r\nbody\r\n"));
        EXPECT_EQ(reply->code, 550u);
        EXPECT_EQ(reply->text, ""); // smtpd has the usual words
        EXPECT_TRUE(has(reply->headers, "Subject: s\r\n")); // for the reject log
        scene.router.says = {.verdict = router::Verdict::deny, .code = 571, .enhanced = "5.7.7", .text = "no"};
        reply = scene.submit(from_network("\r\nbody\r\n"));
        EXPECT_EQ(reply->code, 571u);
        EXPECT_EQ(reply->enhanced + " " + reply->text, "5.7.7 no");
        scene.router.says = {.verdict = router::Verdict::defer};
        EXPECT_EQ(scene.submit(from_network("\r\nbody\r\n"))->code, 451u);
        scene.router.says = {.verdict = router::Verdict::discard};
        EXPECT_EQ(scene.submit(from_network("\r\nbody\r\n"))->taken, Taken::discarded);
        EXPECT_TRUE(scene.said("=> blackhole (DATA ACL discarded recipients)"));
        EXPECT_TRUE(scene.said(" <= ") && scene.said(" Completed")); // whoever reads the log sees the whole of it
        EXPECT_TRUE(scene.spool.kept.empty());
    });
}

// An ACL of RCPT has thrown all recipients away: the log has its arrival, as Exim's has, and no other ACL is asked.
TEST(Policy, LogsWhatWasDiscardedBeforeItsContentCame)
{
    play([](Scene& scene) {
        scene.parameters.phases = bit(router::Phase::data);
        scene.router.says.verdict = router::Verdict::deny;
        auto message = from_network("Subject: s\r\n\r\nbody\r\n");
        message.envelope.recipients.clear();
        message.discarded_by = "RCPT";
        EXPECT_EQ(scene.submit(message)->taken, Taken::discarded);
        EXPECT_TRUE(scene.said(" <= ") && scene.said("=> blackhole (RCPT ACL discarded recipients)") && scene.said(" Completed"));
        EXPECT_TRUE(scene.spool.kept.empty());
    });
}

TEST(Policy, ShowsTheRejectLogWhatWasReplaced)
{
    play([](Scene& scene) {
        scene.parameters.phases = bit(router::Phase::data);
        scene.router.says.verdict = router::Verdict::deny;
        auto message = from_program("To: a@b.example\r\nCc: one\r\n\r\nbody\r\n");
        message.envelope.origin.protocol = "local-smtp";
        const auto reply = scene.submit(message);
        EXPECT_TRUE(has(reply->headers, "To: a@b.example\r\nCc: one\r\nCc: one@rcpt.example.org\r\n")) << reply->headers;
        EXPECT_EQ(reply->old_headers, std::vector<std::uint32_t>{2}); // behind Received: and To:
    });
}

// What MAIL's and RCPT's ACLs asked for is there when the message is judged, and can be asked to go.
TEST(EditHeaders, OfTheEnvelopesAclsAreDoneBeforeTheMessageIsJudged)
{
    play([](Scene& scene) {
        using Where = router::HeaderEdit::Where;
        scene.parameters.phases = bit(router::Phase::data);
        scene.router.says.state.header_edits = {{.where = Where::remove, .text = "X-Early"}, {.where = Where::end, .text = "X-Late: 1\r\n"}};
        auto message = from_network("Subject: s\r\nX-Old: 1\r\nX-O: 1\r\n\r\nbody\r\n");
        message.state.header_edits = {{.where = Where::end, .text = "X-Early: 1\r\n"},
                                      {.where = Where::start, .text = "X-Start: 1\r\n"},
                                      {.where = Where::remove, .text = "x-o*"}}; // a name, and not a pattern
        EXPECT_EQ(headers_of(scene, message), "X-Start: 1\r\nSubject: s\r\nX-Old: 1\r\nX-O: 1\r\nX-Late: 1\r\n");
        ASSERT_EQ(scene.router.asked.size(), 1u);
        const auto& seen = scene.router.asked[0].headers;
        EXPECT_TRUE(seen.starts_with("X-Start: 1\r\nReceived: ") && has(seen, "X-Early: 1\r\n")) << seen;
        EXPECT_EQ(seen.find("Received:"), seen.rfind("Received:"));
        EXPECT_TRUE(scene.router.asked[0].state.header_edits.empty());
    });
}

TEST(EditHeaders, RemovesThenAddsWhereItWasAsked)
{
    play([](Scene& scene) {
        using Where = router::HeaderEdit::Where;
        auto message = from_network("Subject: s\r\nX-Old: 1\r\n\r\nbody\r\n");
        message.state.header_edits = {{.where = Where::end, .text = "X-End: 1\r\n"},
                                      {.where = Where::start, .text = "X-Start: 1\r\n"},
                                      {.where = Where::after_received, .text = "X-After: 1\r\n"},
                                      {.where = Where::remove, .text = "x-old"}};
        EXPECT_EQ(headers_of(scene, message), "X-Start: 1\r\nX-After: 1\r\nSubject: s\r\nX-End: 1\r\n");
        const auto& all = scene.kept().commit.headers; // ours is there when they are put in
        EXPECT_TRUE(all.starts_with("X-Start: 1\r\nReceived: ")) << all;
    });
}

TEST(Envelope, HasWhatTheControlsSay)
{
    play([](Scene& scene) {
        auto message = from_network("\r\nbody\r\n");
        message.state.controls = {"freeze", "queue_only"};
        message.state.variables = {{.name = "m_x", .value = "7"}};
        headers_of(scene, message);
        EXPECT_TRUE(scene.kept().envelope.frozen && scene.kept().envelope.queue_only);
        EXPECT_EQ(scene.kept().envelope.frozen_at, 1'700'000'000);
        const auto& kept = scene.kept().envelope.variables; // notes (common/mail/notes.h) are beside it
        EXPECT_TRUE(std::ranges::any_of(kept, [](const auto& one) { return one.name == "m_x" && one.value == "7"; }));
        message.state.controls = {"fakereject/caught you"};
        const auto reply = scene.submit(message);
        EXPECT_EQ(reply->code, 550u);
        EXPECT_EQ(reply->text, "caught you");
        EXPECT_EQ(scene.spool.kept.size(), 2u); // kept all the same
    });
}

TEST(Envelope, TellsOfAMailing)
{
    play([](Scene& scene) {
        headers_of(scene, from_network("Precedence: bulk\r\n\r\nbody\r\n"));
        EXPECT_TRUE(mail::find_note(scene.kept().envelope, mail::note_bulk));
        headers_of(scene, from_network("Subject: new password\r\n\r\nbody\r\n"));
        EXPECT_FALSE(mail::find_note(scene.kept().envelope, mail::note_bulk));
    });
    play([](Scene& scene) {
        scene.parameters.bulk_yields = false;
        headers_of(scene, from_network("List-Id: <a.b>\r\n\r\nbody\r\n"));
        EXPECT_FALSE(mail::find_note(scene.kept().envelope, mail::note_bulk));
    });
}

TEST(Envelope, ItsLineCountsALineEndOnceAndShowsTheSubjectInTheConfiguredCharset)
{
    play([](Scene& scene) {
        scene.parameters.log_subject = true;
        scene.parameters.headers_charset = "ISO-8859-1";
        headers_of(scene, from_network("Subject: =?UTF-8?Q?F=C3=A4?=\r\n\r\none\r\ntwo\r\n"));
        const auto& commit = scene.kept().commit;
        const auto lines = std::ranges::count(commit.headers, '\n') + 2;
        const auto size = commit.headers.size() + 1 + std::string_view("one\r\ntwo\r\n").size() - static_cast<std::size_t>(lines);
        EXPECT_TRUE(has(commit.log_line, " S=" + std::to_string(size) + " ")) << commit.log_line;
        EXPECT_TRUE(has(commit.log_line, "T=\"F\\344\"")) << commit.log_line;
    });
}

TEST(Envelope, ReceivedHasTheTimeOfAcceptance)
{
    play([](Scene& scene) {
        scene.clock.advance(std::chrono::seconds{61});
        headers_of(scene, from_network("\r\nbody\r\n"));
        EXPECT_TRUE(has(scene.kept().commit.headers, ";\r\n\tTue, 14 Nov 2023 22:14:21 ")) << scene.kept().commit.headers;
    });
}

}
}
