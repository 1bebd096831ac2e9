// Local programs' mail over the socket: whom submit believes, and what it makes of it.
#include "scene.h"

namespace gp::submit {
namespace {

TEST(Submission, IsFromWhoTheSocketSaysAndCompletesAddresses)
{
    play([](House& house) {
        const auto done = house.send(to({"bob", "carl@x.example, dan@y.example"}), {"Subject: s\n\nbo", "dy\nlast"});
        ASSERT_TRUE(done) << done.error().text;
        EXPECT_TRUE(done->accepted);
        EXPECT_EQ(house.router.callers.at(0).uid, 1000u);
        const auto& envelope = house.submitted().envelope;
        EXPECT_EQ(envelope.id, done->id);
        EXPECT_EQ(envelope.sender, "ann@example.org");
        ASSERT_EQ(envelope.recipients.size(), 3u);
        EXPECT_EQ(envelope.recipients[0].address, "bob@rcpt.example.org");
        EXPECT_EQ(envelope.recipients[2].address, "dan@y.example");
        EXPECT_TRUE(envelope.origin.local);
        EXPECT_EQ(envelope.origin.login, "ann");
        EXPECT_EQ(house.submitted().local.full_name, "Ann Example");
        EXPECT_EQ(house.cleanup.messages[0].octets, "Subject: s\r\n\r\nbody\r\nlast\r\n");
    });
}

TEST(Submission, AnUntrustedCallerCannotSpeakForOthers)
{
    play([](House& house) {
        auto letter = to({"b@x.example"});
        letter.sender_given = true;
        letter.sender = "boss@corp.example";
        letter.host_address = "192.0.2.9";
        ASSERT_TRUE(house.send(letter, {"\n"}));
        EXPECT_EQ(house.submitted().envelope.sender, "ann@example.org");
        EXPECT_FALSE(house.submitted().envelope.sender_set_by_caller);
        EXPECT_TRUE(house.submitted().envelope.origin.host_address.empty());
        letter.sender = "<>"; // the null sender is everybody's
        ASSERT_TRUE(house.send(letter, {"\n"}));
        EXPECT_EQ(house.submitted().envelope.sender, "");
        house.router.is.may_set_sender = true;
        letter.sender = "boss@corp.example";
        ASSERT_TRUE(house.send(letter, {"\n"}));
        EXPECT_EQ(house.submitted().envelope.sender, "boss@corp.example");
        house.router.is.trusted = true;
        letter.sender = "bare";
        ASSERT_TRUE(house.send(letter, {"\n"}));
        EXPECT_EQ(house.submitted().envelope.sender, "bare@example.org");
        EXPECT_EQ(house.submitted().envelope.origin.host_address, "192.0.2.9");
    });
}

TEST(Submission, AMessageReferenceIsForTrustedCallers)
{
    play([](House& house) {
        auto letter = to({"b@x.example"});
        letter.message_reference = "1xV066-nXoq20-0c";
        const auto refused = house.send(letter, {"\n"});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().text, "-oMm must be called by a trusted user/config");
        house.router.is.trusted = true;
        ASSERT_TRUE(house.send(letter, {"\n"}));
        EXPECT_EQ(house.submitted().envelope.settles, "1xV066-nXoq20-0c");
        EXPECT_TRUE(house.submitted().envelope.settles_recipients.empty());
        letter.message_reference = "1xV066-nXoq20-0c <= forged";
        EXPECT_FALSE(house.send(letter, {"\n"}));
    });
}

TEST(Submission, ANamedQueueIsForAdministrators)
{
    play([](House& house) {
        auto letter = to({"b@x.example"});
        letter.queue = "slow";
        ASSERT_TRUE(house.send(letter, {"\n"}));
        EXPECT_EQ(house.submitted().envelope.queue, "");
        house.router.is.admin = true;
        ASSERT_TRUE(house.send(letter, {"\n"}));
        EXPECT_EQ(house.submitted().envelope.queue, "slow");
    });
}

TEST(Submission, AFromLineGoesAndATrustedCallersIsBelieved)
{
    play([](House& house) {
        const std::string text = "From uucp@far.example Thu Nov 20 10:00:00 2026\nSubject: s\n\nbody\n";
        ASSERT_TRUE(house.send(to({"b@x.example"}), {text.substr(0, 10), text.substr(10)}));
        EXPECT_EQ(house.cleanup.messages[0].octets, "Subject: s\r\n\r\nbody\r\n");
        EXPECT_EQ(house.submitted().envelope.sender, "ann@example.org");
        house.router.is.trusted = true;
        ASSERT_TRUE(house.send(to({"b@x.example"}), {text}));
        EXPECT_EQ(house.submitted().envelope.sender, "uucp@far.example");
    });
}

TEST(Submission, ALargeMessageGoesAheadInParts)
{
    play([](House& house) {
        const std::string line(99, 'x');
        std::string body;
        for (int i = 0; i < 4000; ++i)
            body += line + "\n";
        std::vector<std::string> pieces = {"Subject: s\n\n"};
        for (std::size_t at = 0; at < body.size(); at += 60'000)
            pieces.push_back(body.substr(at, 60'000));
        ASSERT_TRUE(house.send(to({"b@x.example"}), pieces));
        EXPECT_GT(house.submitted().offset, 300'000u);
        EXPECT_EQ(house.cleanup.messages[0].octets.size(), 12u + 2 + 4000 * 101);
        EXPECT_TRUE(house.cleanup.abandoned.empty());
    });
}

TEST(Submission, OneThatTheCallerLeavesIsAbandoned)
{
    play([](House& house) {
        {
            Session session{{.uid = 1000, .gid = 1000}, house.parameters, {house.to_router, house.to_cleanup}, house.clock, house.ids};
            auto [ours, theirs] = test::channel_pair(nullptr, &session);
            ASSERT_TRUE(ours->call(to({"b@x.example"}), test::soon()));
            for (int i = 0; i < 4; ++i)
                ASSERT_TRUE(ours->call(Piece{std::string(60'000, 'x')}, test::soon()));
            ours->close("");
            theirs->close("");
            event::sleep_for(Duration{1});
        }
        while (house.cleanup.abandoned.empty())
            event::sleep_for(Duration{1});
        EXPECT_TRUE(house.cleanup.messages.empty());
    });
}

TEST(Submission, OutOfTurnAndBadAddressesAreErrors)
{
    play([](House& house) {
        Session session{{.uid = 1000, .gid = 1000}, house.parameters, {house.to_router, house.to_cleanup}, house.clock, house.ids};
        auto [ours, theirs] = test::channel_pair(nullptr, &session);
        EXPECT_FALSE(ours->call(Piece{"x"}, test::soon()));
        EXPECT_FALSE(ours->call(Finish{}, test::soon()));
        const auto bad = ours->call(to({"a@@b"}), test::soon());
        ASSERT_FALSE(bad);
        EXPECT_EQ(bad.error().blame, Blame::permanent);
        EXPECT_FALSE(ours->call(to({}), test::soon()));
        ours->close("");
        theirs->close("");
        event::sleep_for(Duration{1});
    });
}

TEST(Submission, LimitsAreSaidByName)
{
    play([](House& house) {
        house.parameters.message_size_limit = 100;
        const auto large = house.send(to({"b@x.example"}), {"Subject: s\n\n" + std::string(200, 'x')});
        ASSERT_TRUE(large);
        EXPECT_FALSE(large->accepted);
        EXPECT_FALSE(large->temporary);
        EXPECT_NE(large->text.find("message_size_limit"), std::string::npos);
        EXPECT_TRUE(house.said(" rejected from <ann@example.org> U=ann: message too big: read=101 max=100"));
        house.parameters.recipients_max = 1;
        const auto many = house.send(to({"a@x.example", "b@x.example"}), {"\n"});
        ASSERT_FALSE(many);
        EXPECT_NE(many.error().text.find("recipients_max"), std::string::npos);
        house.parameters.recipients_max = 0; // no limit of the administrator's
        EXPECT_TRUE(house.send(to({"a@x.example, b@x.example"}), {"\n"}));
        EXPECT_EQ(house.submitted().envelope.recipients.size(), 2u);
    });
}

TEST(Submission, ARefusalComesBackAndIsLogged)
{
    play([](House& house) {
        // Trouble of ours, a full disk and a milter that is not there pass; what policy says is final (manual 44.2).
        for (const auto& [code, enhanced, temporary] : {std::tuple{451u, "4.3.0", true}, {452u, "4.3.1", true}, {451u, "4.7.1", true}, {451u, "4.7.1", false}}) {
            house.cleanup.says = {.taken = cleanup::Taken::refused, .code = code, .enhanced = enhanced, .text = "no", .log_text = "why", .is_trouble = temporary};
            const auto refused = house.send(to({"b@x.example"}), {"\n"});
            ASSERT_TRUE(refused);
            EXPECT_FALSE(refused->accepted);
            EXPECT_EQ(refused->temporary, temporary) << code << enhanced;
        }
        EXPECT_TRUE(house.said("U=ann F=<ann@example.org> rejected non-SMTP message: why"));
    });
}

TEST(Submission, TheCommandLineIsLoggedWhereAsked)
{
    play([](House& house) {
        house.parameters.log_arguments = true;
        auto letter = to({"b@x.example"});
        letter.directory = "/var/www";
        letter.words = {"sendmail", "-f", "", "a b\n"};
        ASSERT_TRUE(house.send(letter, {"\n"}));
        EXPECT_TRUE(house.said("cwd=/var/www 4 args: sendmail -f \"\" \"a b\\n\""));
    });
}

TEST(Submission, TheStartAclIsAskedWhereThereIsOne)
{
    play([](House& house) {
        house.parameters.phases = std::uint64_t{1} << static_cast<unsigned>(router::Phase::not_smtp_start);
        ASSERT_TRUE(house.send(to({"b@x.example"}), {"\n"}));
        ASSERT_EQ(house.router.asked.size(), 1u);
        EXPECT_EQ(house.submitted().state.controls, std::vector<std::string>{"freeze"});
    });
}

TEST(LineEnds, AreAllThatThereAre)
{
    LineEnds ends;
    std::string out;
    ends.convert("a: 1\rb\nc\r", out);
    ends.convert("\n\n.body\rx\r\n", out);
    ends.convert("end", out);
    ends.finish(out);
    EXPECT_EQ(out, "a: 1\r\n b\r\nc\r\n\r\n.body\r\nx\r\nend\r\n");
}

// Nobody could be told by mail who says so badly who they are.
TEST(Submission, ABadSenderIsNoMatterForMail)
{
    play([](House& house) {
        auto letter = to({"a@example.org"});
        letter.mail_errors = letter.sender_given = true;
        letter.sender = "a b@c";
        EXPECT_FALSE(house.send(letter, {"Subject: s\n\nx\n"}));
        EXPECT_TRUE(house.cleanup.messages.empty());
    });
}

TEST(Submission, TooManyRecipientsAreToldAsThat)
{
    play([](House& house) {
        house.parameters.recipients_max = 1;
        auto letter = to({"a@example.org", "b@example.org"});
        letter.mail_errors = true;
        EXPECT_TRUE(house.send(letter, {"Subject: s\n\nx\n"}));
        ASSERT_FALSE(house.cleanup.messages.empty());
        EXPECT_NE(house.cleanup.messages.back().octets.find("Subject: Mail failure - too many recipients\r\n"), std::string::npos);
        EXPECT_NE(house.cleanup.messages.back().octets.find("------\r\n\r\n\r\nSubject: s\r\n"), std::string::npos);
    });
}

// A complaint holds the message (manual 14.23: bounce_return_size_limit 0 is no limit; longer lines are cut).
TEST(Submission, AComplaintReturnsTheMessage)
{
    play([](House& house) {
        auto letter = to({"bad@@address"});
        letter.mail_errors = true;
        const auto returned = [&] {
            EXPECT_TRUE(house.send(letter, {"Subject: s\n\n" + std::string(1000, 'x') + "\nlast\n"}));
            return house.cleanup.messages.empty() ? std::string{} : house.cleanup.messages.back().octets;
        };
        EXPECT_NE(returned().find("\r\n" + std::string(998, 'x') + "\r\nlast\r\n"), std::string::npos);
        EXPECT_EQ(house.submitted().envelope.sender, "");
        EXPECT_TRUE(house.submitted().envelope.is_bounce);
        EXPECT_EQ(house.submitted().envelope.recipients.at(0).address, "ann@example.org");
        house.parameters.bounce_return_linesize_limit = 2000;
        house.parameters.bounce_return_size_limit = 0;
        EXPECT_NE(returned().find("\r\n" + std::string(1000, 'x') + "\r\nlast\r\n"), std::string::npos);
        house.parameters.bounce_return_size_limit = 14;
        EXPECT_NE(returned().find("No more than 14 characters"), std::string::npos);
        house.parameters.bounce_return_size_limit = 0;
        house.parameters.bounce_return_body = false;
        const auto headers = returned();
        EXPECT_TRUE(headers.ends_with("copy of the headers that were received before the error\r\n       was detected.\r\n\r\n\r\nSubject: s\r\n")) << headers;
        house.parameters.bounce_return_message = false;
        EXPECT_EQ(returned().find("Subject: s\r\n"), std::string::npos);
        EXPECT_EQ(returned().find("------"), std::string::npos);
    });
}

}
}
