#include "router/switches_protocol.h"
#include "smtpd/session.h"

#include "tests/unit/smtpd/transcript.h"

namespace gp::smtpd {
namespace {

TEST(Session, TakesAMessage)
{
    Transcript session;
    session.play([&](Caller& client) {
        client.says("220 mx.example.org ESMTP Exim 4.96 Tue, 14 Nov 2023 22:13:20 +0000");
        client.hears("EHLO client.example").says("250-mx.example.org Hello client.example [192.0.2.1]");
        client.says("250-SIZE 52428800").says("250-8BITMIME").says("250-PIPELINING").says("250-CHUNKING");
        client.says("250-SMTPUTF8").says("250 HELP");
        client.hears("MAIL FROM:<a@b.example> SIZE=100 BODY=8BITMIME").says("250 OK");
        client.hears("RCPT TO:<x@example.org>").says("250 Accepted");
        client.hears("DATA").says("354 Enter message, ending with \".\" on a line by itself");
        client.sends("Subject: hello\r\n\r\n..dot\r\nend\r\n.\r\n").says("250 OK id=");
        client.hears("QUIT").says("221 mx.example.org closing connection").is_closed();
    });
    ASSERT_EQ(session.cleanup.messages.size(), 1u) << session.logs();
    const auto& message = session.cleanup.messages[0];
    EXPECT_EQ(message.octets, "Subject: hello\r\n\r\n.dot\r\nend\r\n");
    EXPECT_EQ(message.parts, 0u);
    EXPECT_EQ(message.envelope.sender, "a@b.example");
    ASSERT_EQ(message.envelope.recipients.size(), 1u);
    EXPECT_EQ(message.envelope.recipients[0].address, "x@example.org");
    EXPECT_EQ(message.envelope.body, mail::BodyType::eight_bit_mime);
    EXPECT_EQ(message.envelope.received, 1'700'000'000'000'000);
    EXPECT_TRUE(mail::is_message_id(message.envelope.id));
    const auto& origin = message.envelope.origin;
    EXPECT_EQ(origin.host_address, "192.0.2.1");
    EXPECT_EQ(origin.host_port, 1025u);
    EXPECT_EQ(origin.interface_address, "192.0.2.25");
    EXPECT_EQ(origin.helo_name, "client.example");
    EXPECT_EQ(origin.protocol, "esmtp");
    EXPECT_TRUE(session.logged("SMTP connection from (client.example) [192.0.2.1] closed by QUIT")) << session.logs();
}

TEST(Session, TellsThePhasesApart)
{
    Transcript session;
    session.play([](Caller& client) {
        client.says("220 ");
        client.hears("MAIL FROM:<a@b>").says("503 HELO or EHLO required");
        client.hears("HELO client.example").says("250 mx.example.org Hello client.example [192.0.2.1]");
        client.hears("DATA").says("503 valid RCPT command must precede DATA");
        client.hears("RCPT TO:<x@y>").says("503 sender not yet given");
    });
    EXPECT_TRUE(session.logged_reject("rejected MAIL from [192.0.2.1]: no HELO/EHLO given")) << session.logs();
    EXPECT_TRUE(session.logged("SMTP protocol error in \"DATA\" H=(client.example) [192.0.2.1] valid RCPT command "
                               "must precede DATA"));
    EXPECT_TRUE(session.logged("SMTP protocol error in \"RCPT TO:<x@y>\" H=(client.example) [192.0.2.1] sender "
                               "not yet given"));
    EXPECT_FALSE(session.logged("no MAIL in SMTP connection")); // there was one, too early
}

TEST(Session, StartsAnewWithRsetAndWithEhlo)
{
    Transcript session;
    session.play([](Caller& client) {
        client.begins();
        client.hears("MAIL FROM:<c@d>").says("503 sender already given");
        client.hears("RSET").says("250 Reset OK");
        client.hears("DATA").says("503 valid RCPT command must precede DATA");
        client.hears("MAIL FROM:<>").says("250 OK");
        client.hears("EHLO again").skips_to("250 ");
        client.hears("RCPT TO:<x@y>").says("503 sender not yet given");
        client.hears("QUIT").says("221 ");
    });
    EXPECT_TRUE(session.logged("H=(client.example) [192.0.2.1] incomplete transaction (RSET) from <a@b.example> "
                               "for x@example.org"))
        << session.logs();
}

TEST(Session, AnswersAPipelinedGroupInOneWrite)
{
    Transcript session;
    session.play([](Caller& client) {
        client.greets();
        client.sends("MAIL FROM:<a@b>\r\nRCPT TO:<x@example.org>\r\nRCPT TO:<y@example.org>\r\nDATA\r\n");
        char buffer[4096];
        const auto got = client.stream().read(buffer, event::Deadline::in(Duration{5000}));
        ASSERT_TRUE(got);
        EXPECT_EQ(std::string_view(buffer, *got), "250 OK\r\n250 Accepted\r\n250 Accepted\r\n354 Enter message, "
                                                  "ending with \".\" on a line by itself\r\n");
        client.sends("a: b\r\n\r\nc\r\n.\r\nMAIL FROM:<>\r\nQUIT\r\n").says("250 OK id=").says("250 OK").says("221 ");
    });
    EXPECT_EQ(session.cleanup.messages.size(), 1u);
}

TEST(Session, WantsClientsToWaitForTheirTurn)
{
    struct Case {
        std::string_view before, sent, replies, logged;
    };
    for (const auto& row : {
             Case{"", "EHLO foo\r\nMAIL FROM:<a@b>\r\n", "554 SMTP synchronization error",
                  "(next input sent too soon: pipelining was not advertised): rejected \"EHLO foo\" H=[192.0.2.1] "
                  "next input=\"MAIL FROM:<a@b>\\r\\n\""},
             Case{"EHLO foo", "DATA\r\nfoo\r\n", "554 SMTP synchronization error",
                  "(next input sent too soon: pipelining was advertised): rejected \"DATA\" H=(foo) [192.0.2.1] next "
                  "input=\"foo\\r\\n\""},
             Case{"EHLO foo", "NOOP\r\nNOOP\r\n", "554 SMTP synchronization error", "rejected \"NOOP\""},
             Case{"EHLO foo", "VRFY x\r\nNOOP\r\n", "554 SMTP synchronization error", "rejected \"VRFY x\""},
             Case{"EHLO foo", "FOO\r\nNOOP\r\n", "554 SMTP synchronization error", "rejected \"FOO\""},
             Case{"EHLO foo", "RSET\r\nMAIL FROM:<a@b>\r\nEHLO x\r\nNOOP\r\n",
                  "250 Reset OK,250 OK,554 SMTP synchronization error", "rejected \"EHLO x\""},
             Case{"HELO foo", "MAIL FROM:<a@b>\r\nRCPT TO:<x@y>\r\n", "554 SMTP synchronization error",
                  "pipelining was not advertised): rejected \"MAIL FROM:<a@b>\""},
             Case{"EHLO foo", "QUIT\r\nNOOP\r\n", "221 mx.example.org closing connection", ""},
         }) {
        Transcript session;
        session.play([&](Caller& client) {
            client.says("220 ");
            if (!row.before.empty())
                client.hears(row.before).reply();
            client.sends(row.sent);
            std::string replies = client.reply();
            for (auto next = client.reply(); next != "<closed>"; next = client.reply())
                replies += "," + next;
            EXPECT_EQ(replies, row.replies) << row.sent;
        });
        if (!row.logged.empty()) {
            EXPECT_TRUE(session.logged_reject(row.logged)) << session.logs();
        }
    }
}

TEST(Session, RefusesEarlyTalkers)
{
    Transcript session;
    session.client_speaks_first = "EHLO early\r\n";
    session.play([](Caller& client) { client.says("554 SMTP synchronization error").is_closed(); });
    EXPECT_TRUE(session.logged_reject("SMTP protocol synchronization error (input sent without waiting for greeting): "
                                      "rejected connection from H=[192.0.2.1] input=\"EHLO early\\r\\n\""))
        << session.logs();

    Transcript patient;
    patient.client_speaks_first = "EHLO early\r\n";
    patient.parameters.greeting.may_talk_early = true;
    patient.play([](Caller& client) { client.says("220 ").skips_to("250 "); });
}

TEST(Session, HasBudgetsForNonsense)
{
    Transcript unknown;
    unknown.play([](Caller& client) {
        client.greets();
        for (int i = 0; i < 3; ++i)
            client.hears("FOO").says("500 unrecognized command");
        client.hears("QUX").says("500 Too many unrecognized commands").is_closed();
    });
    EXPECT_TRUE(unknown.logged_reject("SMTP call from (client.example) [192.0.2.1] dropped: too many unrecognized "
                                      "commands (last was \"QUX\")"));

    Transcript errors;
    errors.play([](Caller& client) {
        client.says("220 ").hears("HELO foo").says("250 ");
        for (int i = 0; i < 3; ++i)
            client.hears("DATA").says("503 valid RCPT command must precede DATA");
        client.hears("DATA").says("503-valid RCPT command must precede DATA");
        client.says("503 Too many syntax or protocol errors").is_closed();
    });
    EXPECT_TRUE(errors.logged_reject("SMTP call from (foo) [192.0.2.1] dropped: too many syntax or protocol errors "
                                     "(last command was \"DATA\",  C=HELO,DATA,DATA,DATA,DATA)"))
        << errors.logs();

    Transcript nonmail;
    nonmail.parameters.greeting.max_nonmail = 4;
    nonmail.play([](Caller& client) {
        client.greets();
        for (int i = 0; i < 5; ++i)
            client.hears("RSET").says("250 Reset OK");
        client.hears("RSET").says("554 Too many nonmail commands").is_closed();
    });
    EXPECT_TRUE(nonmail.logged_reject("dropped: too many nonmail commands (last was \"RSET\")"));
}

// As Exim: bad arguments of HELO count, what comes before HELO does not, and the end by such errors is no business of the
// not-QUIT ACL.
TEST(Session, CountsBadHelosAndNotTheMailBeforeThem)
{
    Transcript session;
    session.parameters.phases |= 1ull << static_cast<unsigned>(router::Phase::notquit);
    session.play([](Caller& client) {
        client.says("220 ");
        for (int i = 0; i < 3; ++i)
            client.hears("MAIL FROM:<a@b>").says("503 HELO or EHLO required");
        for (int i = 0; i < 4; ++i)
            client.hears("HELO @").says("501 Syntactically invalid HELO argument(s)");
        client.is_closed();
    });
    EXPECT_TRUE(session.logged_reject("(last command was \"HELO @\",  C=MAIL,MAIL,MAIL,HELO,HELO,HELO,HELO)")) << session.logs();
    EXPECT_TRUE(session.router.asked.empty());
}

// As Exim: blanks at the beginning of a line, and lines that are empty, are not said.
TEST(Session, ALineOfARefusalBeginsWithItsText)
{
    Transcript session;
    session.router.on_ask = [](const router::Ask& ask) -> Result<router::AskReply> {
        router::AskReply reply;
        if (ask.phase == router::Phase::rcpt)
            reply.verdict = router::Verdict::deny, reply.text = "a\n  indented\n\n\tlast \n";
        return reply;
    };
    session.play([](Caller& client) {
        client.greets().hears("MAIL FROM:<a@b>").says("250 ").hears("RCPT TO:<x@y>").says("550-a").says("550-indented").says("550 last ");
        client.hears("NOOP").says("250 ");
    });
}

TEST(Session, OfManyCommandsTheLogHasTheLast)
{
    Transcript session;
    session.parameters.greeting.max_nonmail = 100;
    session.play([](Caller& client) {
        client.greets();
        for (int i = 0; i < 20; ++i)
            client.hears("NOOP").says("250 ");
        client.hears("QUIT").says("221 ");
    });
    EXPECT_TRUE(session.logged("C=...NOOP,NOOP,NOOP,NOOP,NOOP,NOOP,NOOP,NOOP,NOOP,NOOP,NOOP,NOOP,NOOP,NOOP,NOOP,NOOP,NOOP,NOOP,NOOP,QUIT"))
        << session.logs();
}

TEST(Session, BehindHeloThereAreNoParameters)
{
    Transcript session;
    session.play([](Caller& client) {
        client.says("220 ").hears("HELO foo").says("250 ");
        client.hears("MAIL FROM:<a@b> SIZE=1").says("501 <a@b> SIZE=1: malformed address: SIZE=1 may not follow <a@b> ");
        client.hears("EHLO foo").skips_to("250 ").hears("MAIL FROM:<a@b> SIZE=1 RET=WHATEVER ENVID=x BODY=").says("250 OK");
    });
}

TEST(Session, ARefusedHeloEndsNoTransaction)
{
    Transcript session;
    session.router.on_ask = [](const router::Ask& ask) -> Result<router::AskReply> {
        router::AskReply reply;
        if (ask.phase == router::Phase::helo && ask.argument == "bad.example")
            reply.verdict = router::Verdict::deny;
        return reply;
    };
    session.parameters.phases |= 1ull << static_cast<unsigned>(router::Phase::helo);
    session.play([](Caller& client) {
        client.greets().hears("MAIL FROM:<a@b>").says("250 ").hears("HELO bad.example").says("550 ");
        client.hears("MAIL FROM:<a@b>").says("503 sender already given");
        client.hears("RSET").says("250 ").hears("HELO good.example").says("250 ").hears("EHLO bad.example").says("550 ");
        client.hears("MAIL FROM:<a@b> SIZE=1").says("250 "); // it has said EHLO
    });
}

// helo_verify_hosts has words of its own, and the name stays known.
TEST(Session, AFalseNameIsLoggedWithItsCommand)
{
    Transcript session;
    session.router.on_ask = [](const router::Ask& ask) -> Result<router::AskReply> {
        router::AskReply reply;
        if (ask.phase != router::Phase::helo)
            return reply;
        reply.verdict = router::Verdict::deny;
        reply.text = "HELO argument does not match calling host";
        reply.log_text = router::false_helo_name;
        return reply;
    };
    session.parameters.phases |= 1ull << static_cast<unsigned>(router::Phase::helo);
    session.play([](Caller& client) {
        client.says("220 ").hears("helo foo").says("550 HELO argument does not match calling host");
        client.hears("MAIL FROM:<a@b>").says("503 HELO or EHLO required");
    });
    EXPECT_TRUE(session.logged_reject("rejected \"HELO foo\" from (foo) [192.0.2.1]")) << session.logs();
    EXPECT_TRUE(session.logged_reject("rejected MAIL from (foo) [192.0.2.1]: no HELO/EHLO given")) << session.logs();
}

// A name that an ACL has found out serves the rest of the session.
TEST(Session, KeepsTheNameThatAnAclFoundOut)
{
    Transcript session;
    session.router.on_ask = [](const router::Ask& ask) -> Result<router::AskReply> {
        router::AskReply reply;
        if (ask.phase == router::Phase::mail)
            reply.host_name = "client.test";
        if (ask.phase == router::Phase::rcpt)
            reply.verdict = router::Verdict::deny;
        return reply;
    };
    session.parameters.phases |= 1ull << static_cast<unsigned>(router::Phase::mail);
    session.play([](Caller& client) {
        client.greets().hears("MAIL FROM:<a@b>").says("250 ").hears("RCPT TO:<x@y>").says("550 ");
    });
    EXPECT_TRUE(session.logged_reject("H=client.test (client.example) [192.0.2.1] F=<a@b> rejected RCPT <x@y>")) << session.logs();
}

TEST(Session, CountsNoExpectedErrorsOfAPipeliningClient)
{
    Transcript session;
    session.router.on_ask = [](const router::Ask& ask) -> Result<router::AskReply> {
        router::AskReply reply;
        if (ask.phase == router::Phase::mail)
            reply.verdict = router::Verdict::deny;
        return reply;
    };
    session.parameters.phases |= 1ull << static_cast<unsigned>(router::Phase::mail);
    session.play([](Caller& client) {
        client.greets().hears("MAIL FROM:<bad@b>").says("550 ");
        for (int i = 0; i < 20; ++i)
            client.hears("RCPT TO:<x@y>").says("503 sender not yet given");
        client.hears("QUIT").says("221 ");
    });
}

TEST(Session, TimesOut)
{
    Transcript session;
    session.parameters.smtp_receive_timeout = 1;
    session.play([](Caller& client) {
        client.greets().says("421 mx.example.org: SMTP command timeout - closing connection").is_closed();
    });
    EXPECT_TRUE(session.logged("SMTP command timeout on connection from (client.example) [192.0.2.1]"));

    Transcript data;
    data.parameters.smtp_receive_timeout = 1;
    data.play([](Caller& client) {
        client.begins().hears("DATA").says("354 ").sends("a: b\r\n\r\nc");
        client.says("421 mx.example.org SMTP incoming data timeout - closing connection.").is_closed();
    });
    EXPECT_TRUE(data.logged("SMTP data timeout (message abandoned) on connection from (client.example) [192.0.2.1] "
                            "F=<a@b.example>"))
        << data.logs();
    EXPECT_TRUE(data.cleanup.messages.empty());
}

TEST(Session, LogsLostConnections)
{
    Transcript idle;
    idle.play([](Caller& client) { client.greets(); });
    EXPECT_TRUE(idle.logged("SMTP connection from (client.example) [192.0.2.1] lost D=")) << idle.logs();

    Transcript transaction;
    transaction.play([](Caller& client) { client.begins(); });
    EXPECT_TRUE(transaction.logged("unexpected disconnection while reading SMTP command from (client.example) "
                                   "[192.0.2.1] D="))
        << transaction.logs();

    Transcript data;
    data.play([](Caller& client) { client.begins().hears("DATA").says("354 ").sends("a: b\r\n"); });
    EXPECT_TRUE(data.logged("SMTP connection from (client.example) [192.0.2.1] lost while reading message data "
                            "(after header)"))
        << data.logs();
}

TEST(Session, LimitsMessagesInAConnection)
{
    Transcript session;
    session.parameters.smtp_accept_max_per_connection = 2;
    session.play([](Caller& client) {
        client.greets();
        for (int i = 0; i < 2; ++i)
            client.hears("MAIL FROM:<a@b>").says("250 ").hears("RSET").says("250 ");
        client.hears("MAIL FROM:<a@b>").says("421 too many messages in this connection");
    });
    EXPECT_TRUE(session.logged_reject("rejected MAIL command H=(client.example) [192.0.2.1]: too many messages in one "
                                      "connection"));
}

TEST(Session, EscapesWhatStrangersSayInLogs)
{
    Transcript session;
    session.play([](Caller& client) {
        client.says("220 ");
        client.hears("EHLO evil\x01\x1b[31m").says("501 Syntactically invalid EHLO argument(s)");
    });
    EXPECT_TRUE(session.logged("rejected EHLO from [192.0.2.1]: syntactically invalid argument(s): evil\\001\\033[31m"))
        << session.logs();
}

TEST(Session, AnswersMalformedCommandsAndGoesOn)
{
    struct Case {
        std::string_view command, reply;
    };
    for (const auto& row : {
             Case{"", "500 unrecognized command"},
             Case{" ", "500 unrecognized command"},
             Case{"HELO", "501 Syntactically invalid HELO argument(s)"},
             Case{"HELO a b", "501 Syntactically invalid HELO argument(s)"},
             Case{"EHLO foo_bar", "501 Syntactically invalid EHLO argument(s)"},
             Case{"EHLO [1.2.3", "501 Syntactically invalid EHLO argument(s)"},
             Case{"MAIL", "500 unrecognized command"},
             Case{"MAIL <a@b>", "500 unrecognized command"},
             Case{"MAIL FROM:", "501 MAIL must have an address operand"},
             Case{"MAIL FROM:a", "501 a: sender address must contain a domain"},
             Case{"MAIL FROM:<a", "501 <a: \"@\" or \".\" expected after \"a\""},
             Case{"MAIL FROM:<a@b> FOO=1", "501 <a@b> FOO=1: malformed address: FOO=1 may not follow <a@b> "},
             Case{"MAIL FROM:<a@b> BODY=x", "501 invalid data for BODY"},
             Case{"MAIL FROM:<a@b> SIZE=99999999999", "552 Message size exceeds maximum permitted"},
             Case{"MAIL FROM:<a@[1.2.3.4]>", "501 <a@[1.2.3.4]>: domain literals not allowed"},
             Case{"DATA foo", "501 unexpected argument data"},
             Case{"RSET foo", "501 unexpected argument data"},
             Case{"QUIT foo", "501 unexpected argument data"},
             Case{"STARTTLS foo", "501 unexpected argument data"},
             Case{"STARTTLS", "503 STARTTLS command used when not advertised"},
             Case{"AUTH PLAIN", "503 AUTH command used when not advertised"},
             Case{"VRFY x@y", "252 Administrative prohibition"},
             Case{"EXPN x", "550 Administrative prohibition"},
             Case{"ETRN #x", "458 Administrative prohibition"},
             Case{"BDAT", "501 missing size for BDAT command"},
             Case{"BDAT x", "501 missing size for BDAT command"},
             Case{"NOOP foo", "250 OK"},
             Case{"HELP foo", "214-Commands supported:|214 AUTH HELO EHLO MAIL RCPT DATA BDAT NOOP QUIT RSET HELP"},
             Case{std::string_view("NOOP\0", 5), "501 NUL characters are not allowed in SMTP commands"},
             Case{"NO\rOP", "501 bare CR or LF characters are not allowed in SMTP commands"},
             Case{"\xff\xfe\xfd", "500 unrecognized command"},
         }) {
        Transcript session;
        session.play([&](Caller& client) {
            client.greets();
            EXPECT_EQ(client.hears(row.command).reply(), row.reply) << row.command;
            if (row.command != "QUIT")
                client.hears("NOOP").says("250 OK");
        });
    }
}

TEST(Session, RefusesLinesThatAreTooLongOrEndInABareLf)
{
    Transcript too_long;
    too_long.play([](Caller& client) {
        client.greets();
        client.hears(std::string(20'000, 'x')).says("500 line too long");
        client.hears("NOOP").says("250 OK");
    });
    Transcript bare;
    bare.play([](Caller& client) {
        client.greets();
        client.sends("NOOP\n").says("521 line ends in a bare LF; CR LF is required").is_closed();
    });
    Transcript lax;
    lax.parameters.bare_newline = Parameters::BareNewline::normalize;
    lax.play([](Caller& client) { client.greets().sends("NOOP\n").says("250 OK"); });
}

TEST(Session, PutsEnhancedCodesWhereTheyWereOffered)
{
    Transcript session;
    session.parameters.enhanced_status_codes = true;
    session.play([](Caller& client) {
        client.says("220 ").hears("EHLO foo").skips_to("250-ENHANCEDSTATUSCODES").says("250 HELP");
        client.hears("MAIL FROM:<a@b>").says("250 2.1.0 OK");
        client.hears("RCPT TO:<x@example.org>").says("250 2.1.5 Accepted");
        client.hears("FOO").says("500 5.5.2 unrecognized command");
        client.hears("DATA").says("354 Enter message");
        client.sends(".\r\n").says("250 2.0.0 OK id=");
        client.hears("HELO foo").says("250 mx.example.org");
        client.hears("NOOP").says("250 OK");
    });
}

TEST(Session, ServesALocalProgram)
{
    Transcript session;
    session.program.emplace();
    session.play([](Caller& client) {
        client.says("220 ").hears("EHLO here").says("250-mx.example.org Hello carol at here");
        client.skips_to("250 ").sends("NOOP\r\nNOOP\r\n").says("250 OK").says("250 OK");
        client.hears("MAIL FROM:<a@b>").says("250 ").hears("RCPT TO:<x@example.org>").says("250 ");
        client.hears("DATA").says("354 ").sends("\r\nx\r\n.\r\n").says("250 ");
    });
    ASSERT_EQ(session.cleanup.messages.size(), 1u);
    EXPECT_EQ(session.cleanup.messages[0].envelope.origin.protocol, "local-esmtp");
    EXPECT_EQ(session.cleanup.messages[0].envelope.sender, "carol@example.org");
}

// $authenticated_sender is what AUTH= of MAIL says, of a local program's session, too: as in Exim, which has the user there
// only for what is handed in without SMTP.
TEST(Session, OfALocalProgramNobodyIsTheAuthenticatedSender)
{
    Transcript session;
    session.program.emplace();
    session.play([](Caller& client) {
        client.says("220 ").hears("EHLO here").skips_to("250 ").hears("RSET").says("250 ");
        client.hears("MAIL FROM:<a@b>").says("250 ").hears("RCPT TO:<x@example.org>").says("250 ");
        client.hears("DATA").says("354 ").sends("\r\nx\r\n.\r\n").says("250 ");
    });
    ASSERT_EQ(session.cleanup.messages.size(), 1u);
    EXPECT_EQ(session.cleanup.messages[0].envelope.origin.authenticated_sender, "");
}

// What an ACL remembers at MAIL AUTH= is there for the next one, and drop ends the session.
TEST(Session, AsksAboutMailAuthAsAboutEverythingElse)
{
    for (const auto verdict : {router::Verdict::accept, router::Verdict::drop}) {
        Transcript session;
        session.parameters.phases |= std::uint64_t{1} << static_cast<unsigned>(router::Phase::mailauth);
        std::string seen;
        session.router.on_ask = [&](const router::Ask& ask) -> Result<router::AskReply> {
            router::AskReply reply{.state = ask.state};
            if (ask.phase == router::Phase::helo)
                reply.auth_mechanisms = {"PLAIN"};
            if (ask.phase == router::Phase::mailauth) {
                reply.verdict = verdict;
                reply.state.variables.push_back({.name = "c0", .value = "kept"});
            }
            if (ask.phase == router::Phase::rcpt && !ask.state.variables.empty())
                seen = ask.state.variables[0].value;
            return reply;
        };
        session.parameters.phases |= std::uint64_t{1} << static_cast<unsigned>(router::Phase::helo);
        session.play([&](Caller& client) {
            client.greets().hears("MAIL FROM:<a@b> AUTH=joe@b");
            if (verdict == router::Verdict::drop)
                client.says("550 ").is_closed();
            else
                client.says("250 ").hears("RCPT TO:<x@example.org>").says("250 ");
        });
        EXPECT_EQ(seen, verdict == router::Verdict::accept ? "kept" : "");
    }
}

TEST(Session, BelievesATrustedProgramAboutTheSender)
{
    for (const bool may : {false, true}) {
        Transcript session;
        session.program.emplace();
        session.trusted = !may;
        session.router.caller.may_set_sender = may;
        session.play([](Caller& client) {
            client.says("220 ").hears("HELO here").says("250 ").hears("MAIL FROM:<a@b>").says("250 ");
            client.hears("RCPT TO:<x>").says("250 ").hears("DATA").says("354 ").sends("\r\nx\r\n.\r\n").says("250 ");
        });
        ASSERT_EQ(session.cleanup.messages.size(), 1u);
        EXPECT_EQ(session.cleanup.messages[0].envelope.sender, "a@b");
        EXPECT_EQ(session.cleanup.messages[0].envelope.recipients[0].address, "x@example.org");
    }
}

TEST(Session, TakesTheLineEndsOfThisMachineFromAProgram)
{
    Transcript session;
    session.program = Program{.caller = {}, .full_name = {}, .queue_only = true};
    session.play([](Caller& client) {
        client.says("220 ").sends("EHLO here\nMAIL FROM:<a@b>\nRCPT TO:<x@example.org>\nDATA\n");
        client.skips_to("354 ").sends("Subject: x\n\n..one\n.two\n.\nQUIT\n").says("250 ").says("221 ").is_closed();
    });
    ASSERT_EQ(session.cleanup.messages.size(), 1u);
    EXPECT_EQ(session.cleanup.messages[0].octets, "Subject: x\r\n\r\n.one\r\ntwo\r\n");
    EXPECT_TRUE(session.cleanup.messages[0].envelope.queue_only);
}

}
}
