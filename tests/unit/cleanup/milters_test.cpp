// What milters are told of a client, what their changes make of a message, and when one is left alone. The protocol is
// scan's, and tests/integration/milters.py has the real ones.

#include "cleanup/milters.h"

#include "cleanup/milter_changes.h"
#include "cleanup/milter_words.h"
#include "tests/unit/cleanup/scene.h"

namespace gp::cleanup {
namespace {

using namespace std::string_literals;
using Kind = mail::MilterChange::Kind;

MilterQuestion question_at(mail::MilterEvent event, std::string argument = {})
{
    MilterQuestion question;
    question.event = event;
    question.argument = std::move(argument);
    question.origin.host_address = "2001:db8::1";
    question.origin.host_port = 0x1234;
    question.origin.tls_version = "TLS1.3";
    question.origin.tls_cipher = "TLS1.3:X:256";
    question.origin.authenticator = "PLAIN";
    question.origin.authenticated_id = "ann";
    return question;
}

std::string usual_macros(const MilterQuestion& question)
{
    Parameters parameters;
    parameters.primary_hostname = "mx.example";
    std::string out;
    for (const auto& macro : milter_macros(question, parameters, "MTA"))
        if (macro.is_usual)
            out += macro.name + "=" + macro.value + " ";
    return out;
}

TEST(MilterWords, TellOfTheClientInTheProtocolsForm)
{
    EXPECT_EQ(milter_arguments(question_at(mail::MilterEvent::connect)), "[2001:db8::1]\0006\x12\x34"s + "2001:db8::1\0"s);
    EXPECT_EQ(milter_arguments(question_at(mail::MilterEvent::helo, "a.example")), "a.example\0"s);
    auto mail = question_at(mail::MilterEvent::mail, "a@b");
    mail.parameters = {"SIZE=5", "SMTPUTF8"};
    EXPECT_EQ(milter_arguments(mail), "<a@b>\0SIZE=5\0SMTPUTF8\0"s);
    MilterQuestion local;
    EXPECT_EQ(milter_arguments(local), "localhost\0004\0\0"s + "127.0.0.1\0"s);
}

TEST(MilterWords, NameMacrosAsSendmailDoes)
{
    EXPECT_EQ(usual_macros(question_at(mail::MilterEvent::connect)),
              "j=mx.example _=[2001:db8::1] [2001:db8::1] v=Gatepost {daemon_name}=MTA {client_addr}=2001:db8::1 "
              "{client_name}=unknown {client_ptr}=unknown {client_port}=4660 ");
    EXPECT_EQ(usual_macros(question_at(mail::MilterEvent::helo, "x")), "{tls_version}=TLSv1.3 {cipher_bits}=256 {verify}=NO ");
    EXPECT_EQ(usual_macros(question_at(mail::MilterEvent::mail, "a@b.c")),
              "{auth_type}=PLAIN {auth_authen}=ann {mail_addr}=a@b.c {mail_host}=b.c {mail_mailer}=smtp ");
    EXPECT_EQ(usual_macros(question_at(mail::MilterEvent::rcpt, "a@b.c")), "{rcpt_addr}=a@b.c {rcpt_host}=b.c {rcpt_mailer}=smtp ");
}

TEST(MilterBreaker, LeavesAloneWhatFailsTooOften)
{
    MilterBreaker breaker;
    EXPECT_FALSE(breaker.failed("a", 100, 2, 30));
    breaker.succeeded("a");
    EXPECT_FALSE(breaker.failed("a", 100, 2, 30)) << "failures in a row count";
    EXPECT_TRUE(breaker.failed("a", 101, 2, 30));
    EXPECT_TRUE(breaker.rests("a", 130));
    EXPECT_FALSE(breaker.rests("b", 130));
    EXPECT_FALSE(breaker.failed("a", 105, 2, 30)) << "it rests already";
    EXPECT_FALSE(breaker.rests("a", 131));
    EXPECT_TRUE(breaker.failed("a", 131, 2, 30)) << "then one more is enough";
    MilterBreaker never;
    for (int i = 0; i < 100; ++i)
        EXPECT_FALSE(never.failed("a", 1, 0, 30));
}

TEST(MilterChanges, AreMadeToHeadersInTheirOrder)
{
    play([](Scene& scene) {
        Services services{scene.to_router, scene.to_spoold, scene.to_scan};
        Work work{.parameters = scene.parameters, .services = services, .clock = scene.clock};
        work.headers = mail::HeaderList::parse("Received: ours\r\nReceived: old\r\nA: 1\r\nA: 2\r\n\r\n")->headers;
        work.received_header = "Received: ours\r\n";
        EXPECT_EQ(headers_for_milters(work), "Received: old\r\nA: 1\r\nA: 2\r\n");
        const std::vector<mail::MilterChange> changes = {{Kind::change_header, 1, "Received", " new"}, {Kind::insert_header, 0, "Top", " t"},
                                                         {Kind::insert_header, 2, "Below", " b"},      {Kind::change_header, 1, "a", ""},
                                                         {Kind::change_header, 7, "A", " other"},      {Kind::change_header, 9, "None", ""},
                                                         {Kind::insert_header, 99, "Last", " l\r\n x"}};
        ASSERT_TRUE(apply_changes(work, changes, "m"));
        EXPECT_EQ(work.headers.text(), "Top: t\r\nReceived: ours\r\nBelow: b\r\nReceived: new\r\nA: 2\r\nA: other\r\nLast: l\r\n x\r\n");
    });
}

TEST(MilterChanges, AreMadeToTheEnvelope)
{
    play([](Scene& scene) {
        scene.parameters.recipients_max = 3;
        Services services{scene.to_router, scene.to_spoold, scene.to_scan};
        Work work{.parameters = scene.parameters, .services = services, .clock = scene.clock};
        work.envelope.recipients = {{.address = "a@b.example"}, {.address = "new@b.example", .original = "old@b.example"}};
        const std::vector<mail::MilterChange> changes = {{Kind::add_recipient, 0, "", "a@b.example"},   {Kind::delete_recipient, 0, "", "old@B.example"},
                                                         {Kind::add_recipient, 0, "", "c@d.example"},   {Kind::add_recipient, 0, "", "plain"},
                                                         {Kind::add_recipient, 0, "", "fourth@d.example"}, {Kind::add_recipient, 0, "", "@@"},
                                                         {Kind::change_sender, 0, "", ""},              {Kind::quarantine, 0, "", "why"}};
        ASSERT_TRUE(apply_changes(work, changes, "m"));
        std::string told;
        for (const auto& recipient : work.envelope.recipients)
            told += recipient.address + " ";
        EXPECT_EQ(told, "a@b.example c@d.example plain@rcpt.example.org ");
        EXPECT_EQ(work.frozen_by, "milter m: why");
        EXPECT_TRUE(scene.said("recipients_max leaves no room for fourth@d.example"));
        EXPECT_TRUE(scene.said("milter m: \"@@\" is no address: "));
    });
}

TEST(Milters, AMessageWhoseSessionIsNotKnownIsNotTaken)
{
    play([](Scene& scene) {
        auto message = from_network("Subject: x\r\n\r\ny\r\n");
        message.milter_session = 7;
        const auto reply = scene.submit(message);
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->taken, Taken::refused);
        EXPECT_EQ(reply->code, 451u);
    });
}

}
}
