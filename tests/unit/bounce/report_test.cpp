// The text of a report: parts, fields, and what strangers may have put into them (RFC 3464, RFC 3461 section 6,
// RFC 6522; the words are Exim's).

#include "delivery/bounce/report.h"

#include <gtest/gtest.h>

#include "common/base/text.h"

namespace gp::bounce {
namespace {

using Kind = delivery::Report::Kind;

delivery::Failure failure(const std::string& address, const std::string& text = "no such user here")
{
    return {.address = address, .original = address, .text = text};
}

delivery::Report about(std::vector<delivery::Failure> failures, Kind kind = Kind::failure)
{
    delivery::Report report;
    report.kind = kind;
    report.to = report.envelope.sender = "ann@test.example";
    report.envelope.id = "1abcde-000001-00";
    report.failures = std::move(failures);
    return report;
}

Parameters usual()
{
    Parameters parameters;
    parameters.primary_hostname = "mail.test.example";
    parameters.qualify_domain = "test.example";
    return parameters;
}

const Original whole{.headers = "Message-Id: <a@b>\r\nSubject: s\r\n", .body = "body one\r\n", .has_body = true};

std::string text_of(const delivery::Report& report, const Original& original = whole, const Parameters& parameters = usual())
{
    return replace_all(report_text(report, original, parameters, "MARK"), "\r\n", "\n");
}

bool has(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

TEST(Report, IsWhatEximWrites)
{
    EXPECT_EQ(text_of(about({failure("bad1@test.example"), failure("bad2@test.example")})),
              "X-Failed-Recipients: bad1@test.example,\n"
              "  bad2@test.example\n"
              "Auto-Submitted: auto-replied\n"
              "From: Mail Delivery System <Mailer-Daemon@test.example>\n"
              "To: ann@test.example\n"
              "References: <a@b>\n"
              "Content-Type: multipart/report; report-type=delivery-status; boundary=MARK\n"
              "MIME-Version: 1.0\n"
              "Subject: Mail delivery failed: returning message to sender\n"
              "\n"
              "--MARK\n"
              "Content-type: text/plain; charset=us-ascii\n"
              "\n"
              "This message was created automatically by mail delivery software.\n"
              "\n"
              "A message that you sent could not be delivered to one or more of its\n"
              "recipients. This is a permanent error. The following address(es) failed:\n"
              "\n"
              "  bad1@test.example\n"
              "    no such user here\n"
              "  bad2@test.example\n"
              "    no such user here\n"
              "\n"
              "--MARK\n"
              "Content-type: message/delivery-status\n"
              "\n"
              "Reporting-MTA: dns; mail.test.example\n"
              "\n"
              "Action: failed\n"
              "Final-Recipient: rfc822;bad2@test.example\n"
              "Status: 5.0.0\n"
              "\n"
              "Action: failed\n"
              "Final-Recipient: rfc822;bad1@test.example\n"
              "Status: 5.0.0\n"
              "\n"
              "--MARK\n"
              "Content-type: message/rfc822\n"
              "\n"
              "Return-path: <ann@test.example>\n"
              "Message-Id: <a@b>\n"
              "Subject: s\n"
              "\n"
              "body one\n"
              "\n"
              "--MARK--\n");
}

TEST(Report, FoldsWhatTheHostSaidAndSaysThatItWasTheLastTime)
{
    auto one = failure("a@test.example", "SMTP error after RCPT: 450-not\\n450 now: retry timeout exceeded");
    one.smtp_reply = "450-not\\n450 now";
    EXPECT_TRUE(has(text_of(about({one})), "Diagnostic-Code: smtp; 450-not\n 450 now: retry timeout exceeded\n"));
}

TEST(Report, RefersToWhatTheOriginalReferredTo)
{
    auto original = whole;
    original.headers = "Message-Id: <a@b>\r\nReferences: <one@x>\r\n text <two@x>\r\n";
    EXPECT_TRUE(has(text_of(about({failure("x@test.example")}), original), "References: <one@x> <two@x> <a@b>\n"));
    original.headers = "Message-Id: <a@b>\r\nIn-Reply-To: <one@x>\r\n";
    EXPECT_TRUE(has(text_of(about({failure("x@test.example")}), original), "References: <one@x> <a@b>\n"));
}

// Those whose command said something come first among the parts, and the text counts them.
TEST(Report, TellsOfOutputsInEximsOrder)
{
    auto first = failure("first@test.example"), second = failure("second@test.example"), third = failure("third@test.example");
    first.output = "one\n";
    third.output = "three\n";
    const auto text = text_of(about({first, second, third}));
    EXPECT_TRUE(has(text, "during the delivery attempts:\n"));
    std::vector<std::size_t> at;
    for (const auto* name : {"rfc822;third@", "rfc822;first@", "rfc822;second@"})
        at.push_back(text.find(name));
    EXPECT_TRUE(std::ranges::is_sorted(at)) << text;
}

TEST(Report, HasTheHeadersAloneWhenTheBodyStays)
{
    const auto text = text_of(about({failure("a@b")}), {.headers = "Subject: s\r\n"});
    EXPECT_TRUE(has(text, "Content-type: text/rfc822-headers\n\nReturn-path: <ann@test.example>\nSubject: s\n\n\n--MARK--\n")) << text;
    EXPECT_FALSE(has(text, "X-Exim-DSN-Information"));
    const auto limited = text_of(about({failure("a@b")}), {.headers = "Subject: s\r\n", .is_limited = true});
    EXPECT_TRUE(has(limited, "Subject: s\nX-Exim-DSN-Information: Due to administrative limits only headers are returned\n"))
        << limited;
}

TEST(Report, HasTwoPartsWhenNothingIsReturned)
{
    auto parameters = usual();
    parameters.bounce_return_message = false;
    const auto text = text_of(about({failure("a@b")}), whole, parameters);
    EXPECT_FALSE(has(text, "Subject: s\n"));
    EXPECT_FALSE(has(text, "rfc822\n"));
    EXPECT_TRUE(has(text, "Status: 5.0.0\n\n--MARK--\n")) << text;
    EXPECT_TRUE(has(text, "References: <a@b>\n"));
}

TEST(Report, ComesFromWhomAndToWhereTheOptionsSay)
{
    auto parameters = usual();
    parameters.dsn_from = "Postmaster <post@test.example>";
    parameters.errors_reply_to = "help@test.example";
    parameters.bounce_message_text = "Call us:\n123.";
    const auto text = text_of(about({failure("a@b")}), whole, parameters);
    EXPECT_TRUE(has(text, "Reply-To: help@test.example\nAuto-Submitted: auto-replied\nFrom: Postmaster <post@test.example>\nTo: ann@test.example\n")) << text;
    EXPECT_TRUE(has(text, "mail delivery software.\nCall us:\n123.\nA message that you sent could not")) << text;
    EXPECT_FALSE(has(text_of(about({failure("a@b")}, Kind::delay), whole, parameters), "Call us"));
}

TEST(Report, TellsOfDelaysAndSuccesses)
{
    auto report = about({failure("a@b", "host is down")}, Kind::delay);
    report.age = 26 * 3600;
    const auto late = text_of(report, {.headers = "Subject: s\r\nDate: Tue, 2 Mar 1999 09:44:33 +0000\r\n"});
    EXPECT_FALSE(has(late, "X-Failed-Recipients"));
    EXPECT_TRUE(has(late, "Auto-Submitted: auto-replied\n"));
    EXPECT_TRUE(has(late, "Subject: Warning: message 1abcde-000001-00 delayed 26 hours\n"));
    EXPECT_TRUE(has(late, "This message was created automatically by mail delivery software.\n"
                          "A message that you sent has not yet been delivered to one or more of its\n"
                          "recipients after more than 26 hours on the queue on mail.test.example.\n"
                          "\n"
                          "The message identifier is:     1abcde-000001-00\n"
                          "The subject of the message is: s\n"
                          "The date of the message is:    Tue, 2 Mar 1999 09:44:33 +0000\n"
                          "\n"
                          "The address to which the message has not yet been delivered is:\n"
                          "\n"
                          "  a@b\n"
                          "    Delay reason: host is down\n"
                          "\n"
                          "No action is required on your part. Delivery attempts will continue for\n"))
        << late;
    EXPECT_TRUE(has(late, "Action: delayed\nFinal-Recipient: rfc822;a@b\nStatus: 4.0.0\n")) << late;
    const auto good = text_of(about({failure("a@b", "")}, Kind::success), {.headers = "Subject: s\r\n"});
    EXPECT_TRUE(has(good, "Auto-Submitted: auto-generated\n"));
    EXPECT_TRUE(has(good, "Subject: Delivery Status Notification\n"));
    EXPECT_TRUE(has(good, "\n ----- The following addresses had successful delivery notifications -----\n<a@b>\n\n--MARK\n")) << good;
    EXPECT_TRUE(has(good, "Action: delivered\nFinal-Recipient: rfc822;a@b\nStatus: 2.0.0\n")) << good;
}

// RFC 3464 sections 2.2 and 2.3.
TEST(Report, SaysWhatTheHostSaid)
{
    auto report = about({failure("b@other.example", "SMTP error from remote mail server")});
    auto& one = report.failures.front();
    one.original = "a@test.example";
    one.parent = "list@test.example";
    one.host = "mx.other.example [192.0.2.1]";
    one.text = "SMTP error from remote mail server after RCPT TO:<b@other.example>: 550 5.1.1 nobody";
    one.remote_mta = "mx.other.example";
    one.smtp_reply = "550 5.1.1 nobody";
    report.envelope.received = 1'000'000'000'000'000;
    const auto text = text_of(report);
    EXPECT_TRUE(has(text, "  b@other.example\n    (ultimately generated from a@test.example)\n"
                          "  host mx.other.example [192.0.2.1]\n"
                          "    SMTP error from remote mail server after RCPT TO:<b@other.example>:\n    550 5.1.1 nobody\n"))
        << text;
    EXPECT_TRUE(has(text, "Reporting-MTA: dns; mail.test.example\n\nAction:")) << text;
    EXPECT_TRUE(has(text, "Action: failed\nFinal-Recipient: rfc822;a@test.example\nStatus: 5.1.1\n"
                          "Remote-MTA: dns; mx.other.example\nDiagnostic-Code: smtp; 550 5.1.1 nobody\n"))
        << text;
}

// RFC 3461 section 6.3: they came as xtext and are told decoded.
TEST(Report, DecodesEnvelopeIdAndOriginalRecipient)
{
    auto report = about({failure("a@b")});
    report.envelope.dsn_envid = "id+2B7";
    report.failures.front().orcpt = "rfc822;x+2By@z";
    const auto text = text_of(report);
    EXPECT_TRUE(has(text, "Original-Envelope-ID: id+7\n")) << text;
    EXPECT_TRUE(has(text, "Original-Recipient: rfc822;x+y@z\n")) << text;
    report.envelope.dsn_envid = "line+0D+0AAction:+20delivered";
    report.failures.front().orcpt = "no type";
    const auto hostile = text_of(report);
    EXPECT_TRUE(has(hostile, "Original-Envelope-ID: line\\r\\nAction: delivered\n")) << hostile;
    EXPECT_TRUE(has(hostile, "Original-Recipient: no type\n")) << hostile;
}

TEST(Report, HidesWhatARecipientBecame)
{
    auto report = about({failure("")});
    auto& one = report.failures.front();
    one.original = one.parent = "list@test.example";
    one.output = "words of the program";
    const auto text = text_of(report);
    EXPECT_FALSE(has(text, "X-Failed-Recipients"));
    EXPECT_TRUE(has(text, "\n  an undisclosed address\n    (generated from list@test.example)\n\n")) << text;
    EXPECT_FALSE(has(text, "no such user here")) << text;
    EXPECT_TRUE(has(text, "------ an undisclosed address ------\n\nwords of the program\n")) << text;
}

TEST(Report, NamesFilesAndCommandsByWhomTheyBelongTo)
{
    auto report = about({failure("|/bin/false", "")});
    report.failures.front().original = "a@test.example";
    report.failures.front().parent = "b@test.example";
    const auto text = text_of(report);
    EXPECT_TRUE(has(text, "X-Failed-Recipients: b@test.example\n")) << text;
    EXPECT_TRUE(has(text, "  pipe to |/bin/false\n    generated by b@test.example\n"
                          "    (ultimately generated from a@test.example)\n"))
        << text;
}

TEST(Report, SaysWhoseMessageItWasToAnybodyElse)
{
    auto report = about({failure("a@b")});
    report.to = "owner@test.example";
    const auto text = text_of(report);
    EXPECT_TRUE(has(text, "Subject: Mail delivery failed\n")) << text;
    EXPECT_TRUE(has(text, "A message sent by\n\n  <ann@test.example>\n\n"
                          "could not be delivered to one or more of its recipients. The following\n"
                          "address(es) failed:\n\n  a@b\n"))
        << text;
}

// Manual 50.
TEST(Report, TakesItsWordsFromTheFilesItems)
{
    auto parameters = usual();
    parameters.bounce_items = {"Subject: no luck, $bounce_recipient\n", "From ${primary_hostname}:\n", "It said:\n",
                               "Here it is:\n", "Cut at $bounce_return_size_limit.\n", "Bye.\n"};
    parameters.warn_items = {"Subject: wait\n", "Not yet after $warn_message_delay:\n", "$warn_message_recipients\n"};
    auto report = about({failure("a@b", "broken")});
    report.failures.front().output = "words";
    const auto text = text_of(report, whole, parameters);
    EXPECT_TRUE(has(text, "Subject: no luck, ann@test.example\n\n--MARK\n")) << text;
    EXPECT_FALSE(has(text, "Mail delivery failed"));
    EXPECT_TRUE(has(text, "\n\nFrom mail.test.example:\n\n  a@b\n    broken\n\nIt said:\n\n------ a@b ------\n\nwords\n"
                          "Here it is:\nBye.\n\n--MARK\n"))
        << text;
    auto late = about({failure("a@b", "busy")}, Kind::delay);
    late.age = 7200;
    const auto warning = text_of(late, whole, parameters);
    EXPECT_TRUE(has(warning, "Subject: wait\n\n")) << warning;
    EXPECT_TRUE(has(warning, "\n\nNot yet after 2 hours:\n\n  a@b\n    Delay reason: busy\n\na@b\n\n--MARK\n")) << warning;
}

// What router has expanded is taken as it is.
TEST(Report, TakesItsWordsFromWhatRouterHasExpanded)
{
    auto report = about({failure("a@b", "broken")});
    report.items = {"Subject: no luck\n", "What $sender_address wrote:\n", "", "Here it is:\n", "", "Bye.\n"};
    const auto text = text_of(report, whole, usual());
    EXPECT_TRUE(has(text, "Subject: no luck\n\n--MARK\n")) << text;
    EXPECT_TRUE(has(text, "\n\nWhat $sender_address wrote:\n\n  a@b\n")) << text;
    EXPECT_TRUE(has(text, "Here it is:\nBye.\n\n--MARK\n")) << text;
}

TEST(Report, TellsAnAdministratorInPlainWords)
{
    auto report = about({}, Kind::notice);
    report.subject = "Message frozen";
    report.text = "Message 1abcde-000001-00 has been frozen.\n";
    const auto text = text_of(report);
    EXPECT_EQ(text, "Auto-Submitted: auto-replied\n"
                    "From: Mail Delivery System <Mailer-Daemon@test.example>\n"
                    "To: ann@test.example\n"
                    "References: <a@b>\n"
                    "Subject: Message frozen\n"
                    "\n"
                    "Message 1abcde-000001-00 has been frozen.\n");
}

TEST(Report, IsOneLineForWhatStrangersSay)
{
    auto report = about({failure("a@b\r\nBcc: all@test.example", "two\r\n--MARK\r\nlines")});
    report.to = "ann@test.example\r\nBcc: all@test.example";
    report.failures.front().smtp_reply = "550-one\r\n550 two";
    report.failures.front().remote_mta = "mx\r\n\r\nStatus: 2.0.0";
    const auto text = text_of(report, {.headers = "Message-Id: <a\rX-Evil: 1>\r\n"});
    EXPECT_FALSE(has(text, "\nBcc:")) << text;
    EXPECT_FALSE(has(text, "\n--MARK\nlines")) << text;
    EXPECT_FALSE(has(text, "\nStatus: 2.0.0")) << text;
    EXPECT_TRUE(has(text, "Diagnostic-Code: smtp; 550-one\\r\n 550 two\n")) << text;
    const auto head = text.substr(0, text.find("--MARK"));
    for (const auto line : split(head, '\n'))
        EXPECT_FALSE(line.starts_with("X-Evil"));
    auto huge = about({failure(std::string(100'000, 'x'), std::string(100'000, 'y'))});
    EXPECT_LT(text_of(huge).size(), 8'000u);
}

struct StatusCase {
    std::string_view name, status, reply;
    Kind kind;
    std::string_view want;
};

class ReportStatus : public ::testing::TestWithParam<StatusCase> {};

// RFC 3463 section 2; a server's words do not turn a failure into a success.
TEST_P(ReportStatus, IsOfItsClass)
{
    delivery::Failure one;
    one.status = GetParam().status;
    one.smtp_reply = GetParam().reply;
    EXPECT_EQ(status_of(one, GetParam().kind), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(, ReportStatus, ::testing::Values(
    StatusCase{"its_own", "5.2.2", "550 5.1.1 x", Kind::failure, "5.2.2"},
    StatusCase{"of_the_reply", "", "550 5.1.1 x", Kind::failure, "5.1.1"},
    StatusCase{"of_a_long_reply", "", "550-5.7.26 x\r\n550 5.7.26 y", Kind::failure, "5.7.26"},
    StatusCase{"given_up", "", "450 4.2.2 full", Kind::failure, "4.2.2"},
    StatusCase{"no_code", "", "550 nobody", Kind::failure, "5.0.0"},
    StatusCase{"nothing", "", "", Kind::failure, "5.0.0"},
    StatusCase{"short_reply", "", "550", Kind::failure, "5.0.0"},
    StatusCase{"lies", "", "550 2.1.5 fine", Kind::failure, "5.0.0"},
    StatusCase{"own_lies", "2.0.0", "", Kind::failure, "5.0.0"},
    StatusCase{"dots", "", "550 5...... x", Kind::failure, "5.0.0"},
    StatusCase{"long_numbers", "", "550 5.1.99999999 x", Kind::failure, "5.0.0"},
    StatusCase{"delay", "", "450 4.2.0 x", Kind::delay, "4.2.0"},
    StatusCase{"delay_of_a_refusal", "", "550 5.1.1 x", Kind::delay, "4.0.0"},
    StatusCase{"success", "2.1.5", "", Kind::success, "2.1.5"},
    StatusCase{"success_without", "", "", Kind::success, "2.0.0"}),
    [](const auto& one) { return std::string(one.param.name); });

}
}
