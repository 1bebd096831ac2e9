// What of a message is fetched and returned, and how a report is handed over: with the null sender, once, and in
// one record with what it settles (manual 14, bounce_*; RFC 3461 section 4.3).

#include "delivery/bounce/reporter.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cleanup/spoold/protocol.h"
#include "tests/support/fiber_test.h"
#include "tests/support/switchboard.h"

namespace gp::bounce {
namespace {

using Kind = delivery::Report::Kind;

class SpoolProcess final : public ipc::Endpoint<spoold::Fetch, spoold::Release> {
public:
    spoold::Fetched message{.headers = "Subject: s\r\n", .body = "one\r\n", .body_size = 5};
    int released = 0;
    Result<spoold::Fetched> answer(const spoold::Fetch& asked, ipc::Channel&) override
    {
        return asked.ticket == "ticket" ? Result<spoold::Fetched>(message) : permanent("no such message", Cause::not_found);
    }
    void notice(const spoold::Release&, ipc::Channel&) override { ++released; }
};

class CleanupProcess final : public ipc::Endpoint<cleanup::Submit, cleanup::Settled> {
public:
    std::vector<cleanup::Submit> reports;
    cleanup::SubmitReply says{.taken = cleanup::Taken::committed};
    bool dies = false, has_committed = false;
    Result<cleanup::SubmitReply> answer(const cleanup::Submit& report, ipc::Channel& from) override
    {
        reports.push_back(report);
        if (dies)
            from.close("dead");
        return says;
    }
    Result<cleanup::SettledReply> answer(const cleanup::Settled&, ipc::Channel&) override
    {
        return cleanup::SettledReply{has_committed};
    }
};

class House {
public:
    House()
    {
        parameters.primary_hostname = "mail.test.example";
        parameters.qualify_domain = "test.example";
        parameters.login = "mail";
        parameters.uid = 8;
        parameters.timeout = 5;
        board.connect(to_spool, spool);
        board.connect(to_cleanup, cleanup);
        board.connect(to_cleanup, cleanup); // another process of it
    }
    Result<delivery::ReportReply> report(const delivery::Report& about)
    {
        Reporter reporter{parameters, to_spool, to_cleanup, clock};
        return reporter.answer(about, *board.connect(cleanup));
    }
    std::string octets() const { return cleanup.reports.empty() ? "" : cleanup.reports.back().octets; }
    bool returns(std::string_view text) const { return octets().find(text) != std::string::npos; }

    test::Switchboard board;
    Parameters parameters;
    ManualClock clock;
    SpoolProcess spool;
    CleanupProcess cleanup;
    ipc::Link to_spool{"spoold"}, to_cleanup{"cleanup"};
};

void play(const std::function<void(House&)>& body)
{
    test::run_fiber([&] {
        House house;
        body(house);
        house.board.hang_up();
    });
}

delivery::Report about(Kind kind = Kind::failure)
{
    delivery::Report report;
    report.kind = kind;
    report.ticket = "ticket";
    report.envelope.id = "1abcde-000001-00";
    report.to = "ann@test.example";
    report.failures = {{.recipient = 0, .address = "a@b", .original = "a@b"},
                       {.recipient = 2, .address = "c@d", .original = "c@d"},
                       {.recipient = 3, .address = "e@f", .original = "e@f", .completes = false}};
    return report;
}

TEST(Reporter, TellsHostsThatKnowUsWhomAReportIsFrom)
{
    play([](House& house) {
        house.parameters.bounce_sender_authentication = "mailer-daemon@test.example";
        ASSERT_TRUE(house.report(about()));
        EXPECT_EQ(house.cleanup.reports[0].envelope.origin.authenticated_sender, "mailer-daemon@test.example");
    });
}

TEST(Reporter, HandsTheReportOverWithTheNullSenderAndWhatItSettles)
{
    play([](House& house) {
        const auto reply = house.report(about());
        ASSERT_TRUE(reply) << reply.error().text;
        ASSERT_EQ(house.cleanup.reports.size(), 1u);
        const auto& envelope = house.cleanup.reports[0].envelope;
        EXPECT_EQ(envelope.id, reply->id);
        EXPECT_EQ(envelope.sender, "");
        EXPECT_TRUE(envelope.is_bounce);
        EXPECT_EQ(envelope.origin.authenticated_sender, "");
        EXPECT_FALSE(envelope.smtputf8);
        ASSERT_EQ(envelope.recipients.size(), 1u);
        EXPECT_EQ(envelope.recipients[0].address, "ann@test.example");
        EXPECT_EQ(envelope.settles, "1abcde-000001-00");
        EXPECT_EQ(envelope.settles_recipients, (std::vector<std::uint32_t>{0, 2}));
        EXPECT_TRUE(envelope.origin.local && envelope.origin.trusted);
        EXPECT_EQ(envelope.origin.login, "mail");
        EXPECT_EQ(envelope.origin.uid, 8u);
        EXPECT_EQ(house.spool.released, 1);
    });
}

TEST(Reporter, DelaysAndSuccessesSettleNothing)
{
    play([](House& house) {
        for (const auto kind : {Kind::delay, Kind::success}) {
            ASSERT_TRUE(house.report(about(kind)));
            EXPECT_TRUE(house.cleanup.reports.back().envelope.settles_recipients.empty());
            EXPECT_TRUE(house.returns("Content-type: text/rfc822-headers\r\n\r\nReturn-path: <>\r\nSubject: s\r\n"));
            EXPECT_FALSE(house.returns("one\r\n"));
        }
    });
}

TEST(Reporter, MakesNoReportOfAReport)
{
    play([](House& house) {
        for (const auto* to : {"", "<>"}) {
            auto report = about();
            report.to = to;
            EXPECT_EQ(house.report(report).error().blame, Blame::permanent);
        }
        EXPECT_TRUE(house.cleanup.reports.empty());
    });
}

TEST(Reporter, ReturnsTheBodyUnlessSomebodyWantsTheHeadersAlone)
{
    play([](House& house) {
        ASSERT_TRUE(house.report(about()));
        EXPECT_TRUE(house.returns("Content-type: message/rfc822\r\n\r\nReturn-path: <>\r\nSubject: s\r\n\r\none\r\n"));
        auto asked = about();
        asked.envelope.dsn_return = mail::DsnReturn::headers;
        ASSERT_TRUE(house.report(asked));
        EXPECT_TRUE(house.returns("text/rfc822-headers"));
        asked.envelope.dsn_return = mail::DsnReturn::full;
        ASSERT_TRUE(house.report(asked));
        EXPECT_TRUE(house.returns("\r\none\r\n"));
        house.parameters.bounce_return_body = false;
        ASSERT_TRUE(house.report(about()));
        EXPECT_FALSE(house.returns("\r\none\r\n"));
        EXPECT_FALSE(house.returns("X-Exim-DSN-Information"));
    });
}

TEST(Reporter, ReturnsTheHeadersAloneOfWhatIsTooLarge)
{
    play([](House& house) {
        house.spool.message.body = "one\r\n";
        while (house.spool.message.body.size() <= 8192)
            house.spool.message.body += "23456789\r\n";
        house.spool.message.body_size = house.spool.message.body.size();
        // The limit is rounded up to the next 8 KiB.
        house.parameters.bounce_return_size_limit = 8192;
        ASSERT_TRUE(house.report(about()));
        EXPECT_TRUE(house.returns("\r\none\r\n"));
        house.parameters.bounce_return_size_limit = 8191;
        ASSERT_TRUE(house.report(about()));
        EXPECT_FALSE(house.returns("\r\none\r\n"));
        EXPECT_TRUE(house.returns("X-Exim-DSN-Information: Due to administrative limits only headers are returned\r\n"));
        house.parameters.bounce_return_size_limit = 0; // no limit, but what a frame carries
        ASSERT_TRUE(house.report(about()));
        EXPECT_TRUE(house.returns("\r\none\r\n"));
        house.spool.message.body_size = 100'000'000;
        ASSERT_TRUE(house.report(about()));
        EXPECT_TRUE(house.returns("X-Exim-DSN-Information"));
    });
}

// A report with such lines could not leave by SMTP, and a report is not reported of: nobody would ever know.
TEST(Reporter, ReturnsTheHeadersAloneOfLinesThatAreTooLong)
{
    play([](House& house) {
        const auto body_of = [&](std::size_t size) {
            house.spool.message.body = "x\r\n" + std::string(size, 'x') + "\r\nlast\r\n";
            house.spool.message.body_size = house.spool.message.body.size();
            EXPECT_TRUE(house.report(about()));
            return house.returns("\r\nlast\r\n");
        };
        EXPECT_TRUE(body_of(998));
        EXPECT_FALSE(body_of(999));
        EXPECT_TRUE(house.returns("X-Exim-DSN-Information"));
        house.parameters.bounce_return_linesize_limit = 2000;
        EXPECT_TRUE(body_of(2000));
        EXPECT_FALSE(body_of(2001));
    });
}

TEST(Reporter, ReadsALargeMessageFromItsDescriptor)
{
    play([](House& house) {
        OwnedFd file{::memfd_create("body", MFD_CLOEXEC)};
        ASSERT_EQ(::write(file.get(), "large\r\n", 7), 7);
        house.spool.message.body.clear();
        house.spool.message.body_size = 7;
        house.spool.message.large = ipc::Fd{std::move(file)};
        ASSERT_TRUE(house.report(about()));
        EXPECT_TRUE(house.returns("\r\n\r\nlarge\r\n"));
    });
}

TEST(Reporter, AsksWhetherItWasTakenWhenCleanupDies)
{
    play([](House& house) {
        house.cleanup.dies = true;
        house.cleanup.has_committed = true;
        const auto reply = house.report(about());
        ASSERT_TRUE(reply) << reply.error().text;
        EXPECT_EQ(reply->id, house.cleanup.reports.at(0).envelope.id);
    });
    play([](House& house) {
        house.cleanup.dies = true;
        EXPECT_FALSE(house.report(about()));
    });
}

TEST(Reporter, TellsQmgrWhenTheReportIsNotTaken)
{
    play([](House& house) {
        house.cleanup.says = {.taken = cleanup::Taken::refused, .text = "full\r\nup"};
        const auto reply = house.report(about());
        ASSERT_FALSE(reply);
        EXPECT_EQ(reply.error().blame, Blame::temporary);
        EXPECT_EQ(reply.error().text, "the report was not taken: full\\r\\nup");
        auto stranger = about();
        stranger.ticket = "forged";
        EXPECT_EQ(house.report(stranger).error().cause, Cause::not_found);
        EXPECT_EQ(house.cleanup.reports.size(), 1u);
    });
}

TEST(Reporter, NeedsSmtputf8ForASenderWhoseAddressDoes)
{
    play([](House& house) {
        auto report = about();
        report.to = "j\u00f6rg@test.example";
        ASSERT_TRUE(house.report(report));
        EXPECT_TRUE(house.cleanup.reports.back().envelope.smtputf8);
    });
}

}
}
