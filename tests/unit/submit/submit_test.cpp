// Local programs' mail, over the socket and through the drop directory: whom submit believes, and what it makes of it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "cleanup/protocol.h"
#include "cleanup/submit/drop.h"
#include "cleanup/submit/session.h"
#include "common/log/log.h"
#include "common/spool/fields.h"
#include "router/protocol.h"
#include "tests/support/fiber_test.h"
#include "tests/support/switchboard.h"
#include "tests/support/temp_dir.h"

namespace gp::submit {
namespace {

class RouterProcess final : public ipc::Endpoint<router::Caller, router::Ask> {
public:
    router::CallerReply is{.login = "ann", .full_name = "Ann Example"};
    std::vector<router::Caller> callers;
    std::vector<router::Ask> asked;

    Result<router::CallerReply> answer(const router::Caller& caller, ipc::Channel&) override
    {
        callers.push_back(caller);
        auto reply = is;
        if (caller.from_line == "From uucp@far.example Thu Nov 20 10:00:00 2026") { // as the configuration has it
            reply.has_from_line = true;
            reply.from_sender = "uucp@far.example";
        }
        return reply;
    }
    Result<router::AskReply> answer(const router::Ask& ask, ipc::Channel&) override
    {
        asked.push_back(ask);
        router::AskReply reply;
        reply.state.controls = {"freeze"};
        return reply;
    }
};

class CleanupProcess final : public ipc::Endpoint<cleanup::Part, cleanup::Submit, cleanup::Abandon, cleanup::Settled> {
public:
    struct Message {
        cleanup::Submit submit;
        std::string octets;
    };
    std::vector<Message> messages;
    std::map<std::string, std::string> ahead;
    std::vector<std::string> abandoned;
    cleanup::SubmitReply says{.taken = cleanup::Taken::committed};

    Result<cleanup::PartReply> answer(const cleanup::Part& part, ipc::Channel&) override
    {
        ahead[part.id] += part.octets;
        return cleanup::PartReply{};
    }
    Result<cleanup::SubmitReply> answer(const cleanup::Submit& submit, ipc::Channel&) override
    {
        messages.push_back({submit, ahead[submit.envelope.id] + submit.octets});
        return says;
    }
    void notice(const cleanup::Abandon& told, ipc::Channel&) override { abandoned.push_back(told.id); }
    std::set<std::string> settled;
    Result<cleanup::SettledReply> answer(const cleanup::Settled& asked, ipc::Channel&) override
    {
        return cleanup::SettledReply{.committed = settled.contains(asked.id)};
    }
};

class House {
public:
    House()
    {
        log::set_sink([this](const log::Entry& entry) { lines.emplace_back(entry.text); });
        parameters.qualify_domain = "example.org";
        parameters.qualify_recipient = "rcpt.example.org";
        board.connect(to_router, router);
        board.connect(to_cleanup, cleanup);
    }
    ~House() { log::set_sink({}); }

    // As bin/sendmail does it.
    Result<Finish::Reply> send(const Letter& letter, const std::vector<std::string>& pieces, Peer peer = {.uid = 1000, .gid = 1000})
    {
        Session session{peer, parameters, {to_router, to_cleanup}, clock, ids};
        auto [ours, theirs] = test::channel_pair(nullptr, &session);
        const auto said = [&, channel = ours]() -> Result<Finish::Reply> {
            TRY(channel->call(letter, test::soon()));
            for (const auto& piece : pieces)
                TRY(channel->call(Piece{piece}, test::soon()));
            return channel->call(Finish{}, test::soon());
        }();
        ours->close("");
        theirs->close("");
        event::sleep_for(Duration{1});
        return said;
    }
    const cleanup::Submit& submitted() const
    {
        static const cleanup::Submit none;
        EXPECT_FALSE(cleanup.messages.empty());
        return cleanup.messages.empty() ? none : cleanup.messages.back().submit;
    }
    bool said(std::string_view text) const
    {
        return std::ranges::any_of(lines, [&](const auto& line) { return line.find(text) != line.npos; });
    }

    test::Switchboard board;
    Parameters parameters;
    ManualClock clock;
    mail::MessageIdGenerator ids{clock};
    RouterProcess router;
    CleanupProcess cleanup;
    ipc::Link to_router{"router"}, to_cleanup{"cleanup"};
    std::vector<std::string> lines;
};

void play(const std::function<void(House&)>& test)
{
    test::run_fiber([&] {
        House house;
        test(house);
        house.board.hang_up();
    });
}

Letter to(std::vector<std::string> recipients)
{
    Letter letter;
    letter.recipients = std::move(recipients);
    return letter;
}

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

// --- the drop directory ---

class DropTest {
public:
    explicit DropTest(House& house)
        : house_(house), drop_(OwnedFd{::open(scratch.path().c_str(), O_RDONLY | O_DIRECTORY)}, house.parameters,
                               {house.to_router, house.to_cleanup}, house.clock, house.ids)
    {
    }
    std::string put(const std::string& name, const Letter& letter, const std::string& octets)
    {
        std::string head;
        spool::write_fields(head, letter);
        std::string length;
        for (int shift = 0; shift < 32; shift += 8)
            length += static_cast<char>(head.size() >> shift & 0xff);
        return scratch.file(name, std::string(drop_magic) + length + head + octets);
    }
    void scan() { drop_.scan(); }
    bool has(const std::string& name) const { return ::access((scratch / name).c_str(), F_OK) == 0; }
    bool has_aside(const std::string& name) const
    {
        return std::ranges::any_of(std::filesystem::directory_iterator(scratch.path()), [&](const auto& found) {
            return found.path().filename().string().starts_with("bad-" + name + "-");
        });
    }

    test::TempDir scratch;

private:
    House& house_;
    Drop drop_;
};

TEST(Drop, TakesInWhatWasLeftAndRemovesIt)
{
    play([](House& house) {
        DropTest drop{house};
        drop.put("one", to({"b@x.example"}), "Subject: s\n\nbody\n");
        drop.put(".hidden", to({"b@x.example"}), "x");
        drop.scan();
        ASSERT_EQ(house.cleanup.messages.size(), 1u);
        EXPECT_EQ(house.cleanup.messages[0].octets, "Subject: s\r\n\r\nbody\r\n");
        EXPECT_EQ(house.router.callers.at(0).uid, ::geteuid()); // the file's owner
        EXPECT_FALSE(drop.has("one"));
        EXPECT_TRUE(drop.has(".hidden")); // not finished by its writer
    });
}

TEST(Drop, WhatNobodyShouldHaveLeftIsMovedAside)
{
    play([](House& house) {
        DropTest drop{house};
        const auto good = drop.put("good", to({"b@x.example"}), "\n");
        ASSERT_EQ(::link(good.c_str(), (drop.scratch / "other").c_str()), 0); // two names
        ASSERT_EQ(::symlink("/etc/passwd", (drop.scratch / "link").c_str()), 0);
        ASSERT_EQ(::mkfifo((drop.scratch / "fifo").c_str(), 0600), 0);
        drop.scratch.file("nonsense", "not a dropped message at all");
        drop.scratch.file("short", std::string(drop_magic) + "\xff\xff\xff\x7f");
        drop.scan();
        EXPECT_TRUE(house.cleanup.messages.empty());
        for (const std::string name : {"good", "other", "link", "fifo", "nonsense", "short"})
            EXPECT_TRUE(drop.has_aside(name)) << name;
        drop.scan(); // and not looked at again
        EXPECT_TRUE(house.cleanup.messages.empty());
    });
}

// Folders with names as long as can be, and one in the way of each: none is looked at again.
TEST(Drop, FoldersAreMovedAsideToo)
{
    play([](House& house) {
        DropTest drop{house};
        const std::string longest(255, 'x');
        ASSERT_EQ(::mkdir((drop.scratch / longest).c_str(), 0700), 0);
        ASSERT_EQ(::mkdir((drop.scratch / "bad-file").c_str(), 0700), 0);
        drop.scratch.file("file", "not a dropped message at all");
        drop.scan();
        EXPECT_FALSE(drop.has(longest));
        EXPECT_FALSE(drop.has("file"));
    });
}

TEST(Drop, WhatCannotBeTakenNowStays)
{
    play([](House& house) {
        DropTest drop{house};
        drop.put("one", to({"b@x.example"}), "\n");
        house.cleanup.says = {.taken = cleanup::Taken::refused, .code = 452, .text = "later", .is_trouble = true};
        drop.scan();
        const auto first = house.cleanup.messages.back().submit.envelope.id;
        EXPECT_TRUE(drop.has(".taken/" + first + "+"));
        EXPECT_FALSE(drop.has("one"));
        house.cleanup.says = {.taken = cleanup::Taken::refused, .code = 550, .text = "no"};
        drop.scan();
        const auto second = house.cleanup.messages.back().submit.envelope.id;
        EXPECT_NE(first, second);
        EXPECT_FALSE(drop.has(".taken/" + first + "+"));
        EXPECT_TRUE(drop.has_aside(second + "+"));
        EXPECT_TRUE(house.said("drop/" + second + ": no"));
    });
}

// A milter that is not there makes mail wait (451 4.7.1); what policy defers is refused (manual 44.2).
TEST(Drop, MailWaitsForTroubleAndNotForPolicy)
{
    for (const bool is_trouble : {true, false})
        play([is_trouble](House& house) {
            DropTest drop{house};
            drop.put("one", to({"b@x.example"}), "\n");
            house.cleanup.says = {.taken = cleanup::Taken::refused, .code = 451, .enhanced = "4.7.1", .text = "later", .is_trouble = is_trouble};
            drop.scan();
            const auto id = house.cleanup.messages.back().submit.envelope.id;
            EXPECT_EQ(drop.has(".taken/" + id + "+"), is_trouble);
            EXPECT_EQ(drop.has_aside(id + "+"), !is_trouble);
        });
}

// What was committed when submit was killed is not taken in again, however much there is of it.
TEST(Drop, WhatArrivedBeforeACrashIsRemoved)
{
    play([](House& house) {
        DropTest drop{house};
        ASSERT_EQ(::mkdir((drop.scratch / ".taken").c_str(), 0700), 0);
        for (const std::string name : {"1xV066-nXoq20-0c", "1xV066-nXoq21-0c", "1xV066-nXoq22-0c", "1xV066-nXoq23-0c", "1xV066-nXoq25-0c"}) {
            house.cleanup.settled.insert(name);
            drop.put(".taken/" + name + "+", to({"b@x.example"}), "\n");
        }
        drop.put(".taken/1xV066-nXoq24-0c+", to({"b@x.example"}), "\n");
        drop.scan();
        EXPECT_EQ(house.cleanup.messages.size(), 1u);
        EXPECT_TRUE(std::filesystem::is_empty(drop.scratch.path() + "/.taken"));
    });
}

// Anybody can give a file the name of an id: about such a name cleanup is not asked, for its answer would be a refusal of
// the message that has the id.
TEST(Drop, ANameThatLooksLikeAMarkIsAsAnyOther)
{
    play([](House& house) {
        DropTest drop{house};
        house.cleanup.settled = {"1xV066-nXoq23-0c"};
        drop.put("1xV066-nXoq23-0c+", to({"b@x.example"}), "\n");
        drop.scan();
        EXPECT_EQ(house.cleanup.messages.size(), 1u);
        EXPECT_FALSE(drop.has("1xV066-nXoq23-0c+"));
    });
}

// Nor is a directory that somebody else has made, or where others may write, taken for ours.
TEST(Drop, HasADirectoryOfItsOwnForWhatIsUnderWay)
{
    play([](House& house) {
        DropTest drop{house};
        ASSERT_EQ(::mkdir((drop.scratch / ".taken").c_str(), 0700), 0);
        ASSERT_EQ(::chmod((drop.scratch / ".taken").c_str(), 0777), 0);
        house.cleanup.settled = {"1xV066-nXoq23-0c"};
        drop.put(".taken/1xV066-nXoq23-0c+", to({"b@x.example"}), "\n");
        drop.put("one", to({"b@x.example"}), "\n");
        drop.scan();
        EXPECT_EQ(house.cleanup.messages.size(), 1u);
        EXPECT_TRUE(drop.has_aside(".taken"));
        struct stat about {};
        ASSERT_EQ(::stat((drop.scratch / ".taken").c_str(), &about), 0);
        EXPECT_EQ(about.st_mode & 0777, 0700u);
    });
}

// Anybody may leave a file: one of no end, or one that never can be taken, must not stop the others.
TEST(Drop, OneFileDoesNotHoldUpTheOthers)
{
    play([](House& house) {
        DropTest drop{house};
        house.parameters.message_size_limit = 1000;
        const auto endless = drop.put("a-endless", to({"b@x.example"}), "\n");
        ASSERT_EQ(::truncate(endless.c_str(), std::int64_t{1} << 42), 0);
        house.parameters.message_size_limit = 1000;
        drop.put("b-good", to({"b@x.example"}), "\n");
        drop.scan();
        ASSERT_EQ(house.cleanup.messages.size(), 2u);
        EXPECT_LE(house.cleanup.messages[0].octets.size(), 1000u); // for its headers in the reject log
        EXPECT_EQ(house.cleanup.messages[1].octets, "\r\n");
        EXPECT_FALSE(drop.has("a-endless"));
        EXPECT_FALSE(drop.has("b-good"));
    });
}

TEST(Drop, IsReadWithTheGroupsThatThePasswordFileGivesItsOwner)
{
    play([](House& house) {
        DropTest drop{house};
        drop.put("one", to({"b@x.example"}), "\n");
        drop.scan();
        EXPECT_EQ(house.router.callers.at(0).gid, router::Caller::own_groups);
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
