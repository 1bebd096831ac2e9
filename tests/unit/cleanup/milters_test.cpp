// What milters are told of a client, what their changes make of a message, and when one is left alone. The protocol is
// scan's, and tests/integration/milters.py has the real ones.

#include "cleanup/milters.h"

#include "cleanup/milter_changes.h"
#include "cleanup/milter_words.h"
#include "common/mail/milter_reply.h"
#include "router/etrn_protocol.h"
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

// Connects to milters, or says why not.
class MilterRouter final : public ipc::Endpoint<router::OpenMilter> {
public:
    std::map<std::string, std::string> failures; // by place
    bool is_broken = false;
    std::vector<std::string> opened;
    Result<router::OpenMilterReply> answer(const router::OpenMilter& question, ipc::Channel&) override
    {
        if (is_broken)
            return temporary("router is broken");
        opened.push_back(question.place);
        return router::OpenMilterReply{.failure = failures[question.place]};
    }
};

// Speaks with them as the test wants.
class MilterScan final : public ipc::Endpoint<scan::BeginMilter, scan::TellMilter, scan::GiveMilter, scan::EndMilter, scan::DropMilter> {
public:
    std::string told; // each step's letter
    std::vector<std::uint32_t> times;
    std::function<Result<scan::BeginMilterReply>()> on_begin = [] { return scan::BeginMilterReply{.talk = 1}; };
    std::function<Result<scan::TellMilterReply>(const scan::TellMilter&, ipc::Channel&)> on_tell = [](const auto&, auto&) { return scan::TellMilterReply{}; };
    std::function<Result<scan::GiveMilterReply>()> on_give = [] { return scan::GiveMilterReply{}; };
    Result<scan::BeginMilterReply> answer(const scan::BeginMilter&, ipc::Channel&) override { return told += "O", on_begin(); }
    Result<scan::TellMilterReply> answer(const scan::TellMilter& question, ipc::Channel& from) override
    {
        told += "CHMRTU"[static_cast<std::size_t>(question.event)];
        return on_tell(question, from);
    }
    Result<scan::GiveMilterReply> answer(const scan::GiveMilter& question, ipc::Channel&) override
    {
        times.push_back(question.timeout_ms);
        return told += "E", on_give();
    }
    Result<ipc::Done> answer(const scan::EndMilter&, ipc::Channel&) override { return ipc::Done{}; }
    void notice(const scan::DropMilter&, ipc::Channel&) override { told += "!"; }
};

class MilterScene {
public:
    explicit MilterScene(Scene& scene) : scene_(scene), services{to_router, scene.to_spoold, to_scan}, desk(scene.parameters, services, scene.clock)
    {
        scene.parameters.milter_failures_max = 2;
        scene.board.connect(to_router, router);
        scene.board.connect(to_scan, scan);
    }
    ~MilterScene()
    {
        session_.reset();
        scene_.board.hang_up(); // channels know the router and the scanner of this scene
    }
    MilterScene(const MilterScene&) = delete;
    MilterScene& operator=(const MilterScene&) = delete;
    // A set of milters at these places, each with its fallbacks.
    MilterSession& session(std::vector<std::vector<std::string>> places, mail::MilterDefault action = mail::MilterDefault::accept)
    {
        set_.milters.clear();
        for (auto& one : places)
            set_.milters.push_back({.places = std::move(one), .default_action = action});
        session_ = std::make_unique<MilterSession>(desk, set_);
        return *session_;
    }
    Result<MilterAnswer> tell(mail::MilterEvent event, std::string argument = {}) { return session_->tell(question_at(event, std::move(argument))); }
    Work work() { return Work{.parameters = scene_.parameters, .services = services, .clock = scene_.clock}; }
    std::size_t count(std::string_view text) const
    {
        return static_cast<std::size_t>(std::ranges::count_if(scene_.lines, [&](const auto& line) { return line.find(text) != line.npos; }));
    }

private:
    Scene& scene_;
    ipc::Link to_router{"router"}, to_scan{"scan"};
    mail::MilterSet set_;

public:
    Services services;
    MilterRouter router;
    MilterScan scan;
    MilterDesk desk;

private:
    std::unique_ptr<MilterSession> session_;
};

using Event = mail::MilterEvent;

TEST(Milters, OurOwnTroubleIsNotTheirs)
{
    play([](Scene& scene) {
        MilterScene milters{scene};
        milters.scan.on_begin = []() -> Result<scan::BeginMilterReply> { return temporary("no conversation is left"); };
        for (int i = 0; i < 5; ++i) {
            milters.session({{"m"}});
            const auto answer = milters.tell(Event::connect);
            ASSERT_FALSE(answer) << "default_action=accept is about the milter";
            EXPECT_NE(answer.error().text.find("no conversation is left"), std::string::npos);
        }
        milters.router.is_broken = true;
        EXPECT_FALSE(milters.tell(Event::mail, "a@b"));
        EXPECT_FALSE(milters.desk.breaker.rests("m", scene.clock.seconds()));
    });
}

TEST(Milters, TheirFailureIsAnsweredWithTheDefaultActionAndCounts)
{
    play([](Scene& scene) {
        MilterScene milters{scene};
        milters.router.failures["m"] = "Connection refused";
        for (int i = 0; i < 3; ++i) {
            milters.session({{"m"}});
            const auto answer = milters.tell(Event::connect);
            ASSERT_TRUE(answer) << answer.error().text;
            EXPECT_FALSE(answer->verdict.is_refusal());
        }
        EXPECT_TRUE(milters.desk.breaker.rests("m", scene.clock.seconds()));
        EXPECT_EQ(milters.router.opened.size(), 2u) << "then it is left alone";
        EXPECT_EQ(milters.count("Connection refused; milter_default_action=accept"), 2u);
    });
}

TEST(Milters, AFailureIsCountedOnceWhenTheFallbackRests)
{
    play([](Scene& scene) {
        MilterScene milters{scene};
        scene.parameters.milter_failures_max = 3;
        (void)milters.desk.breaker.failed("fallback", scene.clock.seconds(), 1, 3600);
        milters.router.failures["m"] = "Connection refused";
        for (int i = 0; i < 2; ++i) {
            milters.session({{"m", "fallback"}});
            ASSERT_TRUE(milters.tell(Event::connect));
        }
        EXPECT_EQ(milters.count("milter m: Connection refused"), 2u);
        EXPECT_FALSE(milters.desk.breaker.rests("m", scene.clock.seconds()));
    });
}

// Sessions without a message count, too: failures in a row are failures in a row.
TEST(Milters, ASessionThatWentWellEndsARowOfFailures)
{
    play([](Scene& scene) {
        MilterScene milters{scene};
        for (int i = 0; i < 4; ++i) {
            milters.router.failures["m"] = i % 2 ? "" : "Connection refused";
            auto& session = milters.session({{"m"}});
            ASSERT_TRUE(milters.tell(Event::connect));
            session.end(false);
        }
        EXPECT_FALSE(milters.desk.breaker.rests("m", scene.clock.seconds()));
    });
}

TEST(Milters, AConversationThatWeLostBeginsAnewWithTheNextMessage)
{
    play([](Scene& scene) {
        MilterScene milters{scene};
        milters.session({{"m"}});
        ASSERT_TRUE(milters.tell(Event::connect) && milters.tell(Event::helo, "a"));
        milters.scan.on_tell = [](const auto&, auto&) -> Result<scan::TellMilterReply> { return temporary("scan is going"); };
        EXPECT_FALSE(milters.tell(Event::mail, "a@b"));
        EXPECT_FALSE(milters.tell(Event::rcpt, "c@d"));
        milters.scan.on_tell = [](const auto&, auto&) { return scan::TellMilterReply{}; };
        milters.scan.told.clear();
        EXPECT_TRUE(milters.tell(Event::mail, "a@b"));
        EXPECT_TRUE(milters.tell(Event::rcpt, "c@d"));
        EXPECT_EQ(milters.scan.told, "!OCHMR");
        auto work = milters.work();
        EXPECT_FALSE(MilterSession(milters.desk, {}).give(work));
    });
}

// Two of 300 seconds are not 600 for whoever waits 600 for the whole.
TEST(Milters, HaveAMessagesTimeTogether)
{
    play([](Scene& scene) {
        MilterScene milters{scene};
        auto& session = milters.session({{"m"}, {"n"}});
        ASSERT_TRUE(milters.tell(Event::connect));
        auto work = milters.work();
        Letter letter{"1rABCD-000001-00", scene.parameters, scene.to_spoold};
        work.letter = &letter;
        work.envelope.recipients = {{.address = "b@dst.example"}};
        work.until = event::Deadline::in(Duration{50'000});
        milters.scan.on_give = [] {
            event::sleep_for(Duration{20});
            return scan::GiveMilterReply{};
        };
        EXPECT_FALSE(session.give(work));
        ASSERT_EQ(milters.scan.times.size(), 2u);
        EXPECT_LE(milters.scan.times[0], 50'000u);
        EXPECT_LT(milters.scan.times[1], milters.scan.times[0]);
    });
}

// Half of the old body and half of the new one is no message.
TEST(Milters, ABodyThatCannotBeReplacedEndsTheMessage)
{
    play([](Scene& scene) {
        MilterScene milters{scene};
        scene.parameters.large_message = 10;
        auto& session = milters.session({{"m"}});
        ASSERT_TRUE(milters.tell(Event::connect));
        auto work = milters.work();
        Letter letter{"1rABCD-000001-00", scene.parameters, scene.to_spoold};
        work.letter = &letter;
        scene.spool.large["1rABCD-000001-00"] = "in the way";
        milters.scan.on_give = [] {
            scan::GiveMilterReply reply;
            reply.changes = {{.kind = Kind::replace_body, .value = std::string(100, 'x')}};
            return reply;
        };
        const auto ended = session.give(work);
        ASSERT_TRUE(ended);
        EXPECT_EQ(ended->code, 451u);
        EXPECT_TRUE(ended->is_trouble);
        EXPECT_FALSE(milters.desk.breaker.rests("m", scene.clock.seconds()));
    });
}

// A program's mail waits for a milter that is not there, and for what it puts off; what it rejects is rejected.
TEST(Milters, WhatTheyDeferIsTroubleForWhoHasTheMailStill)
{
    using Said = mail::MilterVerdict::Kind;
    EXPECT_TRUE(refusal_of({.kind = Said::tempfail}, "m").is_trouble);
    EXPECT_TRUE(refusal_of({.kind = Said::shut_down}, "m").is_trouble);
    EXPECT_FALSE(refusal_of({.kind = Said::reject}, "m").is_trouble);
}

TEST(MilterReply, IsInPostfixsWordsOrInTheMilters)
{
    using Said = mail::MilterVerdict::Kind;
    const auto text = [](const mail::MilterVerdict& verdict, bool at_connect = false) {
        const auto reply = mail::reply_of(verdict, at_connect);
        return std::to_string(reply.code) + " " + reply.enhanced + " " + reply.text + (reply.closes ? " !" : "");
    };
    EXPECT_EQ(text({.kind = Said::reject}), "550 5.7.1 Command rejected");
    EXPECT_EQ(text({.kind = Said::tempfail}), "451 4.7.1 Service unavailable - try again later");
    EXPECT_EQ(text({.kind = Said::shut_down}), "421 4.7.0 Server closing connection !");
    EXPECT_EQ(text({.kind = Said::reject, .code = 554}), "554 5.7.1 Command rejected") << "a code without a text";
    EXPECT_EQ(text({.kind = Said::reject, .code = 553, .enhanced = "5.7.9", .text = "a\nb"}), "553 5.7.9 a\nb");
    EXPECT_EQ(text({.kind = Said::reject, .code = 450, .text = "later"}), "550 5.7.1 Command rejected") << "of another kind";
    EXPECT_EQ(text({.kind = Said::reject, .code = 550, .text = "no"}, true), "554 5.7.1 no") << "RFC 5321 section 3.1";
    EXPECT_EQ(text({.kind = Said::tempfail, .code = 450, .text = "later"}, true), "421 4.7.1 later");
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
