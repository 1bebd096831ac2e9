#include "common/spool/exim_export.h"
#include "common/spool/exim_import.h"

#include <gtest/gtest.h>

#include "common/spool/envelope_text.h"
#include "common/spool/fields.h"
#include "common/spool/line_ends.h"

namespace gp::spool {
namespace {

// Written by Exim 4.96 for a message by SMTP with DSN options, two ACL variables, and a recipient that
// one_time redirection has replaced.
constexpr std::string_view by_exim = "1xUjNc-0004tD-26-H\n"
                                     "root 0 0\n"
                                     "<s@example.com>\n"
                                     "1795260940 1\n"
                                     "-received_time_usec .654173\n"
                                     "-received_time_complete 1795260940.654870\n"
                                     "--helo_name client.example\n"
                                     "--host_address [192.0.2.7]:1234\n"
                                     "-ident root\n"
                                     "-received_protocol esmtp\n"
                                     "-aclc 0 2\n"
                                     "cc\n"
                                     "-aclm _foo 11\n"
                                     "line1\n"
                                     "line2\n"
                                     "-body_linecount 1\n"
                                     "-max_received_linelength 19\n"
                                     "-tls_resumption A\n"
                                     "-dsn_envid abc+20d\n"
                                     "-dsn_ret 1\n"
                                     "NN list@example.org\n"
                                     "5\n"
                                     "list@example.org rfc822;orig+2Blist@example.org 30,12  0,-1#3\n"
                                     "c@example.com  0,2  0,-1#3\n"
                                     "a@x.example owner@example.org 17,0#1\n"
                                     "\"q x\"@example.org\n"
                                     "odd#7\n"
                                     "\n"
                                     "046P Received: x;\n"
                                     "\tSat, 21 Nov 2026 11:35:40 +0000\n"
                                     "012* Subject: ho\n"
                                     "012  Subject: hi\n"
                                     "020F From: s@example.com\n";

TEST(EximExport, WritesWhenAllHadComeAndTheHeadersThatWereReplaced)
{
    const auto read = read_exim_header_file(by_exim);
    ASSERT_TRUE(read) << read.error().text;
    const auto again = exim_header_file(read->envelope, read->headers, true);
    EXPECT_NE(again.find("-received_time_usec .654173\n-received_time_complete 1795260940.654870\n"), again.npos) << again;
    EXPECT_NE(again.find("+0000\n012* Subject: ho\n012  Subject: hi\n"), again.npos) << again;
}

TEST(EximImport, ReadsWhatEximWrote)
{
    const auto read = read_exim_header_file(by_exim);
    ASSERT_TRUE(read) << read.error().text;
    const auto& envelope = read->envelope;
    EXPECT_EQ(envelope.id, "1xUjNc-0004tD-26");
    EXPECT_EQ(envelope.sender, "s@example.com");
    EXPECT_EQ(envelope.received, 1'795'260'940'654'173);
    EXPECT_EQ(envelope.warnings_sent, 1u);
    EXPECT_EQ(envelope.origin.host_address, "192.0.2.7");
    EXPECT_EQ(envelope.origin.host_port, 1234u);
    EXPECT_EQ(envelope.origin.helo_name, "client.example");
    const auto variables = std::vector(envelope.variables.begin() + 1, envelope.variables.end()); // behind a note (common/mail/notes.h)
    ASSERT_GE(variables.size(), 2u);
    EXPECT_EQ(variables[0].name, "c0");
    EXPECT_EQ(variables[1].name, "m_foo");
    EXPECT_EQ(variables[1].value, "line1\nline2");
    EXPECT_FALSE(variables[1].tainted);
    EXPECT_EQ(envelope.dsn_return, mail::DsnReturn::full);
    ASSERT_EQ(envelope.recipients.size(), 5u);
    EXPECT_TRUE(envelope.recipients[0].done);
    EXPECT_EQ(envelope.recipients[0].address, "list@example.org");
    EXPECT_EQ(envelope.recipients[0].orcpt, "rfc822;orig+2Blist@example.org");
    EXPECT_EQ(envelope.recipients[0].notify, mail::notify_success | mail::notify_failure);
    EXPECT_EQ(envelope.recipients[1].notify, mail::notify_never);
    EXPECT_EQ(envelope.recipients[2].errors_to, "owner@example.org");
    EXPECT_EQ(envelope.recipients[2].address, "a@x.example");
    EXPECT_EQ(envelope.recipients[3].address, "\"q x\"@example.org");
    EXPECT_EQ(envelope.recipients[4].address, "odd#7");
    EXPECT_TRUE(envelope.done_children.empty());
    EXPECT_EQ(read->headers,
              "Received: x;\r\n\tSat, 21 Nov 2026 11:35:40 +0000\r\nSubject: hi\r\nFrom: s@example.com\r\n");
    EXPECT_EQ(envelope.header_count, 3u);
    EXPECT_EQ(envelope.received_count, 1u);
    EXPECT_EQ(read->notes, std::vector<std::string>{"line 18: -tls_resumption has no place here"});
}

TEST(EximImport, KeepsTheScoreOfASpamScannerAndExportWritesIt)
{
    const std::string file = "14y9EI-00026G-00-H\nbilbo 42 43\n<>\n989573339 0\n-spam_bar +++\n-spam_score 3.2\n-spam_score_int 32\n"
                             "-local\nXX\n1\nrdo@foundation\n\n019T To: rdo@foundation\n";
    const auto read = read_exim_header_file(file);
    ASSERT_TRUE(read) << read.error().text;
    ASSERT_EQ(read->envelope.variables.size(), 3u);
    EXPECT_EQ(read->envelope.variables[1].name, "spam_score");
    EXPECT_EQ(read->envelope.variables[1].value, "3.2");
    EXPECT_TRUE(read->notes.empty());
    EXPECT_NE(exim_header_file(read->envelope, read->headers).find("-spam_bar +++\n-spam_score 3.2\n-spam_score_int 32\n"), std::string::npos);
}

// The example of the manual's chapter: a tree, old address forms.
TEST(EximImport, ReadsTheManualsForms)
{
    const auto read = read_exim_header_file("14y9EI-00026G-00-H\n"
                                            "bilbo baggins 42 43\n"
                                            "<>\n"
                                            "989573339 0\n"
                                            "-host_address 192.0.2.1.25\n"
                                            "-interface_address 2001:db8::1.587\n"
                                            "-frozen 989573400\n"
                                            "-localerror\n"
                                            "-acl 13 3\n"
                                            "abc\n"
                                            "--(pgsql)aclm 1 0\n"
                                            "\n"
                                            "YY darcy@austen.fict.example\n"
                                            "NN alice@wonderland.fict.example\n"
                                            "NN editor@thesaurus.ref.example\n"
                                            "2\n"
                                            "editor@thesaurus.ref.example\n"
                                            "rdo@foundation\n"
                                            "\n"
                                            "018T To: rdo@foundation\n");
    ASSERT_FALSE(read); // 018 is two short of the header
    const auto good = read_exim_header_file("14y9EI-00026G-00-H\nbilbo baggins 42 43\n<>\n989573339 0\n"
                                            "-host_address 192.0.2.1.25\n-interface_address 2001:db8::1.587\n"
                                            "-frozen 989573400\n-localerror\n-acl 13 3\nabc\n--(pgsql)aclm 1 0\n\n"
                                            "YY darcy@austen.fict.example\nNN alice@wonderland.fict.example\n"
                                            "NN editor@thesaurus.ref.example\n2\neditor@thesaurus.ref.example\n"
                                            "rdo@foundation\n\n019T To: rdo@foundation\n");
    ASSERT_TRUE(good) << good.error().text;
    const auto& envelope = good->envelope;
    EXPECT_EQ(envelope.origin.login, "bilbo baggins");
    EXPECT_EQ(envelope.origin.uid, 42u);
    EXPECT_EQ(envelope.origin.host_address, "192.0.2.1");
    EXPECT_EQ(envelope.origin.interface_address, "2001:db8::1");
    EXPECT_EQ(envelope.origin.interface_port, 587u);
    EXPECT_TRUE(envelope.frozen && envelope.is_bounce);
    EXPECT_EQ(envelope.frozen_at, 989573400);
    EXPECT_EQ(envelope.variables[0].name, "m3");
    EXPECT_TRUE(envelope.variables[1].tainted);
    EXPECT_TRUE(envelope.recipients[0].done);
    EXPECT_FALSE(envelope.recipients[1].done);
    EXPECT_EQ(envelope.done_children,
              (std::vector<std::string>{"alice@wonderland.fict.example", "darcy@austen.fict.example"}));
}

TEST(EximImport, EveryTruncationIsRefused)
{
    const auto end = by_exim.find("\n\n");
    for (std::size_t size = 0; size < end; ++size)
        EXPECT_FALSE(read_exim_header_file(by_exim.substr(0, size))) << size;
    for (std::size_t size = end; size < by_exim.size(); ++size)
        static_cast<void>(read_exim_header_file(by_exim.substr(0, size)));
}

TEST(EximExport, WhatIsWrittenIsReadBack)
{
    auto read = read_exim_header_file(by_exim);
    ASSERT_TRUE(read);
    auto envelope = read->envelope;
    for (int i = 0; i < 100; ++i)
        envelope.done_children.push_back("child" + std::to_string(i) + "@example.org");
    std::ranges::sort(envelope.done_children);
    envelope.frozen = true;
    envelope.frozen_at = 1'700'000'000;
    const auto written = exim_header_file(envelope, read->headers);
    const auto again = read_exim_header_file(written);
    ASSERT_TRUE(again) << again.error().text << "\n" << written;
    EXPECT_EQ(encode_envelope(again->envelope), encode_envelope(envelope));
    EXPECT_EQ(again->headers, read->headers);
    EXPECT_TRUE(again->notes.empty());
}

TEST(EximExport, ChildrenHaveEximsNames)
{
    EXPECT_EQ(exim_child_name("a@b:/file"), "/file:a@b");
    EXPECT_EQ(exim_child_name("a@b:|/bin/sh -c exit"), "|/bin/sh -c exit:a@b");
    EXPECT_EQ(exim_child_name("a@b"), "a@b");
    mail::Envelope envelope;
    envelope.id = "1xUjNc-0004tD-26";
    envelope.recipients = {{.address = "a@b"}};
    envelope.done_children = {"a@b:/file"};
    envelope.origin.local = true;
    const auto written = exim_header_file(envelope, "", false);
    EXPECT_NE(written.find("\n-deliver_firsttime\n-local\nNN /file:a@b\n"), std::string::npos) << written;
    const auto again = read_exim_header_file(written);
    ASSERT_TRUE(again) << again.error().text;
    EXPECT_EQ(again->envelope.done_children, envelope.done_children);
    EXPECT_TRUE(again->notes.empty());
}

TEST(EnvelopeText, WhatIsWrittenIsReadBack)
{
    auto envelope = read_exim_header_file(by_exim)->envelope;
    envelope.queue = "100% odd\n";
    envelope.recipients.emplace_back(); // nothing but defaults
    envelope.body = mail::BodyType::eight_bit_mime;
    const auto text = envelope_to_text(envelope);
    EXPECT_NE(text.find("recipients.0.done: yes\n"), std::string::npos);
    EXPECT_NE(text.find("queue: 100%25 odd%0A\n"), std::string::npos);
    const auto read = envelope_from_text("# a comment\n\n" + text);
    ASSERT_TRUE(read) << read.error().text;
    EXPECT_EQ(encode_envelope(*read), encode_envelope(envelope));
}

TEST(EnvelopeText, SaysWhatIsWrong)
{
    EXPECT_EQ(envelope_from_text("sender: a\nnonsense: b\n").error().text, "line 2: nonsense: no such field");
    EXPECT_EQ(envelope_from_text("recipients.1.address: b").error().text,
              "line 1: recipients.1.address: elements are to be numbered from 0, one after the other");
    EXPECT_EQ(envelope_from_text("sender").error().text, "line 1: no colon");
    EXPECT_FALSE(envelope_from_text("body: 7"));
    EXPECT_FALSE(envelope_from_text("frozen: 1"));
    EXPECT_FALSE(envelope_from_text("sender: %0"));
    EXPECT_FALSE(envelope_from_text("sender.x: y"));
}

TEST(LineEnds, GoThereAndBack)
{
    EXPECT_EQ(to_unix("a\r\nb\rc\r\n\r\n\r"), "a\nb\rc\n\n\r");
    EXPECT_EQ(to_wire("a\nb\r\nc\n\n"), "a\r\nb\r\nc\r\n\r\n");
    std::string out;
    ToUnix unix_ends;
    unix_ends.add("a\r", out);
    unix_ends.add("\nb", out);
    unix_ends.finish(out);
    EXPECT_EQ(out, "a\nb");
    out.clear();
    ToWire wire_ends;
    wire_ends.add("a\r", out);
    wire_ends.add("\nb\n", out);
    EXPECT_EQ(out, "a\r\nb\r\n");
}

}
}
