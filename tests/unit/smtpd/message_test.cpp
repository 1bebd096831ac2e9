// MAIL, RCPT, DATA and BDAT against router and cleanup.

#include "smtpd/intake.h"
#include "tests/unit/smtpd/transcript.h"

namespace gp::smtpd {
namespace {

using router::Phase;
using router::Verdict;

std::uint64_t bits(std::initializer_list<Phase> phases)
{
    std::uint64_t out = 0;
    for (auto phase : phases)
        out |= std::uint64_t{1} << static_cast<unsigned>(phase);
    return out;
}

// A router that refuses by the local part of the address.
Result<router::AskReply> by_local_part(const router::Ask& ask)
{
    router::AskReply reply;
    reply.state = ask.state;
    const auto part = ask.argument.substr(0, ask.argument.find('@'));
    if (part == "bad") {
        reply.verdict = Verdict::deny;
        reply.text = "no such user";
        reply.log_text = "because";
    } else if (part == "plain") {
        reply.verdict = Verdict::deny;
    } else if (part == "defer") {
        reply.verdict = Verdict::defer;
        reply.text = "later";
    } else if (part == "drop") {
        reply.verdict = Verdict::drop;
    } else if (part == "discard") {
        reply.verdict = Verdict::discard;
    } else if (part == "code") {
        reply.verdict = Verdict::deny;
        reply.code = 557;
        reply.enhanced = "5.7.9";
        reply.text = "two\nlines";
    } else if (part == "lie") {
        reply.verdict = Verdict::deny;
        reply.code = 250;
    } else if (part == "moved") {
        reply.address = "new@example.org";
    }
    return reply;
}

TEST(Recipients, ThatAreAllDiscardedLeaveAMessageForTheLog)
{
    Transcript session;
    session.router.on_ask = by_local_part;
    session.play([](Caller& client) {
        client.greets().hears("MAIL FROM:<a@b>").says("250 OK");
        client.hears("RCPT TO:<discard@y>").says("250 Accepted");
        client.hears("DATA").says("354 ").sends("Subject: s\r\n\r\n.\r\n").says("250 OK id=");
    });
    ASSERT_EQ(session.cleanup.messages.size(), 1u);
    EXPECT_EQ(session.cleanup.messages[0].discarded_by, "RCPT");
    EXPECT_TRUE(session.cleanup.messages[0].envelope.recipients.empty());
}

TEST(Recipients, AreJudgedByRouter)
{
    Transcript session;
    session.router.on_ask = by_local_part;
    session.play([](Caller& client) {
        client.greets().hears("MAIL FROM:<a@b>").says("250 OK");
        client.hears("RCPT TO:<bad@y>").says("550 no such user");
        client.hears("RCPT TO:<plain@y>").says("550 Administrative prohibition");
        client.hears("RCPT TO:<defer@y>").says("451 later");
        client.hears("RCPT TO:<code@y>").says("557-two").says("557 lines");
        client.hears("RCPT TO:<lie@y>").says("550 Administrative prohibition");
        client.hears("DATA").says("503 Valid RCPT command must precede DATA");
        client.hears("RCPT TO:<moved@y>").says("250 Accepted");
        client.hears("RCPT TO:<discard@y>").says("250 Accepted");
        client.hears("DATA").says("354 ").sends(".\r\n").says("250 OK id=");
    });
    for (auto line : {"H=(client.example) [192.0.2.1] F=<a@b> rejected RCPT <bad@y>: because",
                      "H=(client.example) [192.0.2.1] F=<a@b> rejected RCPT <plain@y>",
                      "H=(client.example) [192.0.2.1] F=<a@b> temporarily rejected RCPT <defer@y>: later",
                      "H=(client.example) [192.0.2.1] F=<a@b> RCPT <discard@y>: discarded by RCPT ACL"}) {
        EXPECT_TRUE(session.logged(line)) << line << "\n" << session.logs();
        EXPECT_TRUE(session.logged_reject(line));
    }
    ASSERT_EQ(session.cleanup.messages.size(), 1u);
    const auto& recipients = session.cleanup.messages[0].envelope.recipients;
    ASSERT_EQ(recipients.size(), 1u);
    EXPECT_EQ(recipients[0].address, "new@example.org");
    EXPECT_EQ(recipients[0].original, "moved@y");
}

TEST(Recipients, AreAllRefusedWithoutAnAcl)
{
    Transcript session;
    session.parameters.phases = 0;
    session.play([](Caller& client) {
        client.greets().hears("MAIL FROM:<a@b>").says("250 OK");
        client.hears("RCPT TO:<x@y>").says("550 Administrative prohibition");
    });
    EXPECT_TRUE(session.router.asked.empty());
}

TEST(Recipients, WhoDropsTheConnectionIsObeyed)
{
    Transcript session;
    session.router.on_ask = by_local_part;
    session.play([](Caller& client) {
        client.greets().hears("MAIL FROM:<a@b>").says("250 OK");
        client.sends("RCPT TO:<drop@y>\r\nRCPT TO:<x@y>\r\n");
        client.says("550 Administrative prohibition").is_closed();
    });
    EXPECT_TRUE(session.logged("SMTP connection from (client.example) [192.0.2.1] closed by DROP in ACL"))
        << session.logs();
}

TEST(Recipients, AreBounded)
{
    Transcript session;
    session.parameters.recipients_max = 2;
    session.play([](Caller& client) {
        client.greets().hears("MAIL FROM:<a@b>").says("250 OK");
        client.hears("RCPT TO:<x@y>").says("250 ").hears("RCPT TO:<@>").says("501 <@>: domain missing or malformed");
        client.hears("RCPT TO:<z@y>").says("452 too many recipients").hears("RCPT TO:<w@y>").says("452 ");
        client.hears("DATA").says("354 ").sends(".\r\n").says("250 ");
    });
    EXPECT_TRUE(session.logged_reject("too many recipients: excess temporarily rejected: sender=<a@b> "
                                      "H=(client.example) [192.0.2.1]"));
    EXPECT_EQ(session.cleanup.messages[0].envelope.recipients.size(), 1u);

    Transcript strict;
    strict.parameters.recipients_max = 1;
    strict.parameters.recipients_max_reject = true;
    strict.play([](Caller& client) {
        client.begins().hears("RCPT TO:<z@y>").says("552 too many recipients");
        client.hears("DATA").says("554 Too many recipients");
    });
    EXPECT_TRUE(strict.logged("too many recipients: message rejected: sender=<a@b.example>")) << strict.logs();

    Transcript memory;
    memory.parameters.recipients_memory = 300;
    memory.play([](Caller& client) {
        client.begins().hears("RCPT TO:<y@example.org>").says("250 ");
        client.hears("RCPT TO:<z@example.org>").says("452 too many recipients");
    });
}

TEST(Recipients, WhoAreAllRefusedAlikeHearItAgainAtData)
{
    Transcript session;
    session.router.on_ask = by_local_part;
    session.play([](Caller& client) {
        client.greets().hears("MAIL FROM:<a@b>").says("250 OK");
        client.hears("RCPT TO:<defer@y>").says("451 later").hears("RCPT TO:<defer@y>").says("451 later");
        EXPECT_EQ(client.hears("DATA").reply(), "503-All RCPT commands were rejected with this error:|503-later|503 "
                                                "Valid RCPT command must precede DATA");
        client.hears("RSET").says("250 ").hears("MAIL FROM:<a@b>").says("250 OK");
        client.hears("RCPT TO:<x@@y>").says("501 <x@@y>: domain missing or malformed");
        EXPECT_EQ(client.hears("DATA").reply(), "503-All RCPT commands were rejected with this error:|503-501 <x@@y>: "
                                                "domain missing or malformed|503 Valid RCPT command must precede DATA");
    });
}

TEST(Recipients, WithoutADomainAreQualifiedWhereThatIsAllowed)
{
    Transcript session;
    session.play([](Caller& client) {
        client.greets().hears("MAIL FROM:<a@b>").says("250 OK");
        client.hears("RCPT TO:<x>").says("501 <x>: recipient address must contain a domain");
        client.hears("RCPT TO:<Postmaster>").says("250 Accepted");
    });
    EXPECT_TRUE(session.logged_reject("unqualified recipient rejected: <x> H=(client.example) [192.0.2.1]"));
    ASSERT_EQ(session.router.asked.size(), 1u);
    EXPECT_EQ(session.router.asked[0].argument, "Postmaster@example.org");

    Transcript lax;
    lax.parameters.qualify_recipient = "r.example";
    lax.parameters.greeting.allow_unqualified_sender = lax.parameters.greeting.allow_unqualified_recipient = true;
    lax.play([](Caller& client) {
        client.greets().hears("MAIL FROM:<a>").says("250 OK").hears("RCPT TO:<x>").says("250 Accepted");
        client.hears("DATA").says("354 ").sends(".\r\n").says("250 ");
    });
    EXPECT_EQ(lax.cleanup.messages[0].envelope.sender, "a@example.org");
    EXPECT_EQ(lax.cleanup.messages[0].envelope.recipients[0].address, "x@r.example");
}

TEST(Policy, IsAskedOnlyWhereThereIsAnAclAndKeepsItsState)
{
    Transcript session;
    session.parameters.phases = bits({Phase::helo, Phase::mail, Phase::rcpt, Phase::predata, Phase::quit});
    session.router.on_ask = [](const router::Ask& ask) -> Result<router::AskReply> {
        router::AskReply reply;
        reply.state = ask.state;
        const auto prefix = ask.phase == Phase::helo ? "c_" : "m_";
        reply.state.variables.push_back({prefix + std::to_string(static_cast<int>(ask.phase)), "v", true});
        return reply;
    };
    session.play([](Caller& client) {
        for (int i = 0; i < 2; ++i) {
            if (i == 0)
                client.greets();
            client.hears("MAIL FROM:<a@b.example> SIZE=77").says("250 ").hears("RCPT TO:<x@example.org>").says("250 ");
            client.hears("DATA").says("354 ").sends("a: b\r\n.\r\n").says("250 ");
        }
        client.hears("QUIT").says("221 ");
    });
    const auto& asked = session.router.asked;
    ASSERT_EQ(asked.size(), 8u);
    EXPECT_EQ(asked[0].phase, Phase::helo);
    EXPECT_EQ(asked[0].argument, "client.example");
    EXPECT_EQ(asked[1].argument, "a@b.example");
    EXPECT_EQ(asked[1].size, 77u);
    EXPECT_EQ(asked[2].argument, "x@example.org");
    EXPECT_TRUE(asked[2].sender_given);
    EXPECT_EQ(asked[3].phase, Phase::predata);
    EXPECT_EQ(asked[3].recipients, (std::vector<std::string>{"x@example.org"}));
    EXPECT_EQ(asked[3].state.variables.size(), 3u);
    // The second message knows the connection's variables and not those of the first message.
    EXPECT_EQ(asked[4].state.variables.size(), 1u);
    EXPECT_EQ(session.cleanup.messages[1].state.variables.size(), 4u);
}

TEST(Policy, RefusesGreetingsSendersAndData)
{
    Transcript session;
    session.parameters.phases = bits({Phase::helo, Phase::mail, Phase::rcpt, Phase::predata});
    session.router.on_ask = [](const router::Ask& ask) -> Result<router::AskReply> {
        router::AskReply reply;
        reply.state = ask.state;
        if (ask.argument.starts_with("bad") || (ask.phase == Phase::predata && ask.sender.starts_with("data"))) {
            reply.verdict = Verdict::deny;
            reply.text = "no";
        }
        return reply;
    };
    session.play([](Caller& client) {
        client.says("220 ").hears("EHLO bad.example").says("550 no");
        client.hears("EHLO good.example").skips_to("250 ");
        client.hears("MAIL FROM:<bad@b>").says("550 no").hears("RCPT TO:<x@y>").says("503 sender not yet given");
        client.hears("MAIL FROM:<data@b>").says("250 ").hears("RCPT TO:<x@y>").says("250 ");
        client.hears("DATA").says("550 no").hears("DATA").says("550 no");
    });
    for (auto line : {"H=(bad.example) [192.0.2.1] rejected EHLO or HELO bad.example: no",
                      "H=(good.example) [192.0.2.1] rejected MAIL <bad@b>: no",
                      "H=(good.example) [192.0.2.1] rejected DATA: no"})
        EXPECT_TRUE(session.logged_reject(line)) << line << "\n" << session.logs();
}

TEST(Policy, RefusesConnections)
{
    Transcript session;
    session.parameters.greeting_is_constant = false;
    session.router.on_greet = [](const router::Greet& greet) -> Result<router::GreetReply> {
        EXPECT_EQ(greet.origin.host_address, "192.0.2.1");
        router::GreetReply reply;
        reply.verdict.verdict = Verdict::deny;
        reply.verdict.text = "go away";
        return reply;
    };
    session.play([](Caller& client) { client.says("550 go away").is_closed(); });
    EXPECT_TRUE(session.logged_reject("H=[192.0.2.1] rejected connection in \"connect\" ACL: go away"));
}

TEST(Policy, GreetsAsRouterSays)
{
    Transcript session;
    session.parameters.greeting_is_constant = false;
    session.router.on_greet = [](const router::Greet&) -> Result<router::GreetReply> {
        router::GreetReply reply;
        reply.banner = "two\nlines";
        reply.host_name = "client.example.net";
        reply.message_size_limit = 1000;
        reply.advertise_pipelining = reply.advertise_chunking = false;
        reply.advertise_dsn = true;
        return reply;
    };
    session.play([](Caller& client) {
        client.says("220-two").says("220 lines").hears("EHLO foo");
        EXPECT_EQ(client.reply(), "250-mx.example.org Hello client.example.net [192.0.2.1]|250-SIZE "
                                  "1000|250-8BITMIME|250-DSN|250-SMTPUTF8|250 HELP");
        client.hears("MAIL FROM:<a@b> RET=HDRS ENVID=e SIZE=999").says("250 OK");
        client.hears("RCPT TO:<x@y> NOTIFY=SUCCESS ORCPT=rfc822;x").says("250 ");
        client.hears("DATA").says("354 ").sends(".\r\n").says("250 ");
    });
    const auto& envelope = session.cleanup.messages.at(0).envelope;
    EXPECT_EQ(envelope.origin.host_name, "client.example.net");
    EXPECT_EQ(envelope.dsn_return, mail::DsnReturn::headers);
    EXPECT_EQ(envelope.dsn_envid, "e");
    EXPECT_EQ(envelope.recipients[0].notify, std::uint32_t{mail::notify_success});
    EXPECT_EQ(envelope.recipients[0].orcpt, "rfc822;x");
}

TEST(Policy, IsTemporarilyRefusedWhenNobodyAnswers)
{
    Transcript session;
    session.router.on_ask = [](const router::Ask&) -> Result<router::AskReply> { return temporary("router is ill"); };
    session.play([](Caller& client) {
        client.greets().hears("MAIL FROM:<a@b>").says("250 ");
        client.hears("RCPT TO:<x@y>").says("451 Temporary local problem - please try later");
    });
    EXPECT_TRUE(session.logged("temporarily rejected RCPT <x@y>: router is ill")) << session.logs();
}

TEST(Message, GoesAheadInPartsWhenItIsLarge)
{
    std::string text = "a: b\r\n\r\n";
    while (text.size() < 1'000'000)
        text += "0123456789012345678901234567890123456789\r\n.dot\r\n";
    std::string wire;
    smtp::DotWriter writer;
    writer.write(text, wire);
    writer.finish(wire);
    Transcript session;
    session.play([&](Caller& client) {
        client.begins().hears("DATA").says("354 ");
        client.sends(wire).says("250 OK id=");
        client.hears("MAIL FROM:<a@b>").says("250 ").hears("RCPT TO:<y@example.org>").says("250 ");
        for (std::size_t at = 0; at < text.size(); at += 300'000) {
            const auto piece = std::string_view(text).substr(at, 300'000);
            const bool last = at + piece.size() == text.size();
            client.sends("BDAT " + std::to_string(piece.size()) + (last ? " LAST\r\n" : "\r\n") + std::string(piece));
            client.says(last ? "250- " : "250 300000 byte chunk received");
        }
        client.says("250 OK id=");
    });
    ASSERT_EQ(session.cleanup.messages.size(), 2u);
    for (const auto& message : session.cleanup.messages) {
        EXPECT_TRUE(message.octets == text);
        EXPECT_GE(message.parts, 14u);
    }
}

TEST(Message, TooLargeIsReadToItsEndAndRefused)
{
    Transcript session;
    session.parameters.message_size_limit = 200'000;
    const std::string line = std::string(98, 'x') + "\r\n";
    std::string text = "a: b\r\n\r\n";
    while (text.size() < 500'000)
        text += line;
    session.play([&](Caller& client) {
        client.begins().hears("DATA").says("354 ").sends(text + ".\r\n");
        client.says("552 Message size exceeds maximum permitted").hears("NOOP").says("250 OK");
        client.hears("MAIL FROM:<a@b> SIZE=200001").says("552 Message size exceeds maximum permitted");
        client.hears("MAIL FROM:<a@b>").says("250 ").hears("RCPT TO:<y@example.org>").says("250 ");
        client.sends("BDAT " + std::to_string(text.size()) + "\r\n" + text).says("552 Message size exceeds");
        client.hears("BDAT 0 LAST").says("552 Message size exceeds").hears("NOOP").says("250 OK");
    });
    for (const auto& message : session.cleanup.messages) // for their headers alone
        EXPECT_TRUE(message.is_refused && message.octets.size() <= 264 * 1024) << message.octets.size();
    EXPECT_EQ(session.cleanup.messages.size(), 2u);
    EXPECT_EQ(session.cleanup.open_parts(), 0u);
    EXPECT_TRUE(session.logged_reject(": message too big: read=" + std::to_string(text.size() - static_cast<std::size_t>(std::ranges::count(text, '\n'))) + " max=200000"))
        << session.logs();
    EXPECT_TRUE(session.logged_reject("rejected MAIL FROM:<a@b> H=(client.example) [192.0.2.1]: message too big: "
                                      "size=200001 max=200000"));
}

TEST(Message, IsAbandonedAtCleanupWhenTheClientGoes)
{
    Transcript session;
    session.play([](Caller& client) {
        client.begins().hears("DATA").says("354 ").sends("a: b\r\n\r\n" + std::string(200'000, 'x') + "\r\n");
        event::sleep_for(Duration{50});
    });
    EXPECT_EQ(session.cleanup.open_parts(), 0u);
    EXPECT_EQ(session.cleanup.abandoned.size(), 1u);
    EXPECT_TRUE(session.logged("lost while reading message data")) << session.logs();
    EXPECT_FALSE(session.logged("header)")) << session.logs(); // the blank line had come
}

TEST(Message, IsRefusedInCleanupsWords)
{
    Transcript session;
    session.cleanup.on_submit = [](const cleanup::Submit&, ipc::Channel&) -> Result<cleanup::SubmitReply> {
        cleanup::SubmitReply reply;
        reply.code = 554;
        reply.text = "bad body\nindeed";
        reply.log_text = "found bad";
        reply.headers = "x: y\r\n z\r\nReceived: here\r\n";
        return reply;
    };
    session.play([](Caller& client) {
        client.begins().hears("DATA").says("354 ").sends(".\r\n").says("554-bad body").says("554 indeed");
    });
    EXPECT_TRUE(session.logged(" H=(client.example) [192.0.2.1] F=<a@b.example> rejected after DATA: found bad"))
        << session.logs();
    EXPECT_TRUE(session.logged_reject("rejected after DATA: found bad\nEnvelope-from: <a@b.example>\nEnvelope-to: "
                                      "<x@example.org>\n  x: y\n z\nP Received: here"))
        << session.reject_log.at(0);
}

TEST(Message, BeyondTheNumberOfAConnectionWaitsForAQueueRunAndTheLogSaysSo)
{
    Transcript session;
    session.parameters.smtp_accept_queue_per_connection = 1;
    session.play([](Caller& client) {
        client.greets();
        for (int i = 0; i < 2; ++i) {
            client.hears("MAIL FROM:<a@b>").says("250 ").hears("RCPT TO:<y@example.org>").says("250 ");
            client.hears("DATA").says("354 ").sends("x\r\n.\r\n").says("250 OK id=");
        }
    });
    ASSERT_EQ(session.cleanup.messages.size(), 2u);
    EXPECT_FALSE(session.cleanup.messages[0].envelope.queue_only);
    EXPECT_TRUE(session.cleanup.messages[1].envelope.queue_only);
    EXPECT_TRUE(session.logged(session.cleanup.messages[1].envelope.id +
                               " no immediate delivery: more than 1 messages received in one connection"))
        << session.logs();
    EXPECT_FALSE(session.logged(session.cleanup.messages[0].envelope.id + " no immediate"));
}

TEST(Message, IsTemporarilyRefusedWhenCleanupFails)
{
    Transcript session;
    session.cleanup.on_submit = [](const cleanup::Submit&, ipc::Channel&) -> Result<cleanup::SubmitReply> {
        return temporary("no space");
    };
    session.play([](Caller& client) {
        client.begins().hears("DATA").says("354 ").sends(".\r\n").says("451 Temporary local problem");
    });
    EXPECT_TRUE(session.logged("temporarily rejected after DATA: no space")) << session.logs();
}

// The cleanup process dies over the Submit; the answer depends on what another one knows.
void die_over_submit(bool committed, std::string_view want)
{
    Transcript session;
    session.with_spare_cleanup = true;
    std::vector<std::string> settled;
    for (auto* process : {&session.cleanup, &session.spare_cleanup}) {
        process->on_submit = [](const cleanup::Submit&, ipc::Channel& from) -> Result<cleanup::SubmitReply> {
            from.close("dies");
            return temporary("dead");
        };
        process->on_settled = [&](const std::string& id) -> Result<cleanup::SettledReply> {
            settled.push_back(id);
            return cleanup::SettledReply{committed};
        };
    }
    session.play([&](Caller& client) {
        client.begins().hears("DATA").says("354 ").sends(".\r\n").says(want);
    });
    EXPECT_EQ(settled.size(), 1u);
}

TEST(Message, IsAskedForWhenCleanupDiesOverIt)
{
    die_over_submit(true, "250 OK id=");
    die_over_submit(false, "451 Temporary local problem");
}

TEST(Message, WhosePartsDieIsRefusedAtItsEnd)
{
    Transcript session;
    session.cleanup.on_part = [](const cleanup::Part& part, ipc::Channel& from) {
        if (part.offset > 0)
            from.close("dies");
    };
    session.play([](Caller& client) {
        std::string text = "a: b\r\n\r\n";
        while (text.size() < 300'000)
            text += "0123456789\r\n";
        client.begins().hears("DATA").says("354 ").sends(text + ".\r\n").says("451 Temporary local problem");
        client.hears("NOOP").says("250 ");
    });
    EXPECT_TRUE(session.cleanup.messages.empty());
}

// The "From " line of a client that cannot help it is not part of the size, and a message at the limit is not emptied.
TEST(Message, ALineThatIsTakenOffDoesNotCount)
{
    Transcript session;
    session.parameters.message_size_limit = 30'000;
    session.parameters.greeting.ignore_from_line = true;
    const std::string line = "From somebody@b Thu Nov 20 10:00:00 2026\r\n";
    std::string text = "a: b\r\n\r\n";
    while (text.size() + 100 <= 30'000)
        text += std::string(98, 'x') + "\r\n";
    session.play([&](Caller& client) {
        client.begins().hears("DATA").says("354 ");
        client.sends(line + text.substr(0, 20'000));
        client.sends(text.substr(20'000) + ".\r\n").says("250 OK id=");
    });
    ASSERT_EQ(session.cleanup.messages.size(), 1u);
    EXPECT_EQ(session.cleanup.messages[0].octets, text);
}

TEST(Chunks, AreAnsweredAsEximAnswersThem)
{
    Transcript session;
    session.play([](Caller& client) {
        client.begins();
        client.sends("BDAT 5\r\na: b\r").says("250 5 byte chunk received");
        client.hears("NOOP").says("250 OK");
        client.sends("BDAT 5 LAST\r\n\n\r\nhi").says("250- 5 byte chunk, total 12").says("250 OK id=");
        client.hears("MAIL FROM:<a@b>").says("250 ").hears("RCPT TO:<y@example.org>").says("250 ");
        client.hears("BDAT 0").says("504 zero size for BDAT command");
        client.hears("BDAT 0 LAST").says("250- 0 byte chunk, total 0").says("250 OK id=");
        client.hears("MAIL FROM:<a@b>").says("250 ").hears("RCPT TO:<y@example.org>").says("250 ");
        client.sends("BDAT 3\r\nabc").says("250 3 ").hears("RCPT TO:<z@y>").says("503 only BDAT permissible after non-LAST BDAT");
        client.hears("DATA").says("503 only RSET accepted now");
        client.hears("RSET").says("250 Reset OK");
        client.hears("QUIT").says("221 ");
    });
    ASSERT_EQ(session.cleanup.messages.size(), 2u);
    EXPECT_EQ(session.cleanup.messages[0].octets, "a: b\r\n\r\nhi\r\n");
    EXPECT_EQ(session.cleanup.messages[1].octets, "");
}

// The octets behind a bad command are no commands, and what has a hole is no message.
TEST(Chunks, OfABadCommandAreNeitherCommandsNorLeftOut)
{
    Transcript session;
    session.play([](Caller& client) {
        client.begins();
        client.sends("BDAT 6 FIRST\r\nRSET\r\n").says("501 unexpected argument data").hears("NOOP").says("250 OK");
        client.sends("BDAT 5\r\na: b\r").says("250 5 byte chunk received");
        client.sends("BDAT 6 FIRST\r\nRSET\r\n").says("501 unexpected argument data");
        client.sends("BDAT 2 LAST\r\nhi").says("503 only RSET accepted now");
        client.hears("RSET").says("250 Reset OK");
    });
    EXPECT_TRUE(session.cleanup.messages.empty());
    Transcript endless;
    endless.play([](Caller& client) {
        client.begins().sends("BDAT 99999999999999999999\r\nRSET\r\n").says("501 missing size for BDAT command").is_closed();
    });
}

TEST(Chunks, NeedToBeOffered)
{
    Transcript session;
    session.play([](Caller& client) {
        client.says("220 ").hears("HELO foo").says("250 ").hears("MAIL FROM:<a@b>").says("250 ");
        client.hears("RCPT TO:<x@example.org>").says("250 ");
        client.hears("BDAT 0 LAST").says("503 BDAT command used when CHUNKING not advertised");
    });
}

TEST(Connections, AreBoundedInAllAndForEachHost)
{
    Parameters parameters;
    parameters.smtp_accept_max = 5;
    parameters.processes = 2;
    parameters.smtp_accept_max_per_host = 4;
    Connections connections{parameters};
    auto a = connections.admit("192.0.2.1");
    {
        auto b = connections.admit("192.0.2.1");
        EXPECT_TRUE(a.place && b.place);
        auto c = connections.admit("192.0.2.1");
        EXPECT_FALSE(c.place);
        EXPECT_EQ(c.reply, "Too many concurrent SMTP connections from this IP address; please try again later.");
        auto d = connections.admit("192.0.2.2");
        EXPECT_TRUE(d.place);
        auto e = connections.admit("192.0.2.3");
        EXPECT_FALSE(e.place);
        EXPECT_EQ(e.reply, "Too many concurrent SMTP connections; please try again later.");
    }
    EXPECT_EQ(connections.count(), 1u);
    EXPECT_TRUE(connections.admit("192.0.2.1").place);
}

TEST(Room, MailIsRefusedWhileTheSpoolTakesNone)
{
    Transcript session;
    session.cleanup.room.accepting = false;
    session.play([](Caller& client) {
        client.greets().hears("MAIL FROM:<a@b.example>").says("452 Space shortage, please try later");
        client.hears("RCPT TO:<x@example.org>").says("503 ");
    });
    EXPECT_TRUE(session.logged("temporarily rejected MAIL <a@b.example>: the spool has no room"));
}

TEST(Room, SizeIsHeldAgainstWhatIsFree)
{
    for (const bool checked : {true, false}) {
        Transcript session;
        session.parameters.smtp_check_spool_space = checked;
        session.parameters.check_spool_space = 1'000'000;
        session.parameters.message_size_limit = 0;
        session.cleanup.room.free_octets = 3'000'000;
        session.play([checked](Caller& client) {
            client.greets().hears("MAIL FROM:<a@b.example> SIZE=2000001").says(checked ? "452 Space" : "250 ");
            client.hears("RSET").says("250 ");
            client.hears("MAIL FROM:<a@b.example> SIZE=2000000").says("250 ").hears("RSET").says("250 ");
            client.hears("MAIL FROM:<a@b.example>").says("250 ");
        });
    }
}

}
}
