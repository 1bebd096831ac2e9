// One message through cleanup, from its octets to the commit: sizes, refusals, and lost companions.
#include "tests/unit/cleanup/scene.h"

#include "common/mail/notes.h"

namespace gp::cleanup {
namespace {

const std::string plain = "Subject: hello\r\nFrom: a@src.example\r\n\r\nbody\r\n";

TEST(Intake, CommitsWhatCameWithReceivedInFront)
{
    play([](Scene& scene) {
        const auto reply = scene.submit(from_network(plain));
        ASSERT_TRUE(reply) << reply.error().text;
        EXPECT_EQ(reply->taken, Taken::committed);
        const auto& kept = scene.kept();
        EXPECT_TRUE(kept.commit.headers.starts_with("Received: from [192.0.2.1] (helo=client.example)\r\n\tby mx.example.org with esmtp"))
            << kept.commit.headers;
        EXPECT_TRUE(kept.commit.headers.ends_with("Subject: hello\r\nFrom: a@src.example\r\n"));
        EXPECT_EQ(kept.commit.body, "body\r\n");
        EXPECT_FALSE(kept.commit.large);
        EXPECT_TRUE(kept.commit.log_line.starts_with("1rABCD-000001-00 <= a@src.example H=(client.example) [192.0.2.1] P=esmtp S="))
            << kept.commit.log_line;
        EXPECT_EQ(kept.envelope.header_count, 3u);
        EXPECT_EQ(kept.envelope.received_count, 1u);
        EXPECT_EQ(kept.envelope.body_lines, 1u);
        EXPECT_EQ(kept.envelope.longest_line, 19u); // From:, without its end
    });
}

TEST(Intake, TheArrivalLineSaysWhetherTheClientPipelined)
{
    for (const bool pipelined : {true, false})
        play([pipelined](Scene& scene) {
            scene.parameters.log_pipelining = true;
            auto message = from_network(plain);
            message.may_pipeline = true;
            message.pipelined = pipelined;
            ASSERT_TRUE(scene.submit(message));
            const auto& line = scene.kept().commit.log_line;
            EXPECT_NE(line.find(pipelined ? "P=esmtp L S=" : "P=esmtp L- S="), std::string::npos) << line;
        });
}

TEST(Intake, ALargeBodyGoesAheadAndTheCommitNamesIt)
{
    play([](Scene& scene) {
        scene.parameters.large_message = 1000;
        auto message = from_network(plain);
        const std::string more(5000, 'x');
        std::uint64_t offset = 0;
        for (const auto& octets : {message.octets, more, more}) {
            ASSERT_TRUE(scene.client().call(Part{.id = message.envelope.id, .offset = offset, .octets = octets}, test::soon()));
            offset += octets.size();
        }
        message.offset = offset;
        message.octets = "\r\nend\r\n";
        const auto reply = scene.submit(message);
        ASSERT_TRUE(reply && reply->taken == Taken::committed);
        EXPECT_TRUE(scene.kept().commit.large && scene.kept().commit.body.empty());
        EXPECT_EQ(scene.spool.large[message.envelope.id], "body\r\n" + more + more + "\r\nend\r\n");
        EXPECT_EQ(scene.kept().commit.large_size, scene.spool.large[message.envelope.id].size());
        EXPECT_TRUE(scene.spool.abandoned.empty());
    });
}

TEST(Intake, WhatIsAbandonedOrWhoseClientGoesIsForgotten)
{
    play([](Scene& scene) {
        scene.parameters.large_message = 100;
        auto& client = scene.client();
        for (const std::string id : {"1rABCD-000001-00", "1rABCD-000002-00"}) {
            std::string octets = plain + std::string(60'000, 'x'); // five of these are more than a part of spoold's
            for (std::uint64_t offset = 0, n = 0; n < 5; ++n, offset += octets.size())
                ASSERT_TRUE(client.call(Part{.id = id, .offset = offset, .octets = octets}, test::soon()));
        }
        client.send(Abandon{"1rABCD-000001-00"});
        while (scene.spool.abandoned.empty())
            event::sleep_for(Duration{1});
        client.close("");
        while (scene.spool.abandoned.size() < 2)
            event::sleep_for(Duration{1});
        EXPECT_EQ(scene.spool.abandoned, (std::vector<std::string>{"1rABCD-000001-00", "1rABCD-000002-00"}));
    });
}

TEST(Intake, OctetsOutOfOrderAndForeignIdsAreErrors)
{
    play([](Scene& scene) {
        EXPECT_FALSE(scene.client().call(Part{.id = "no id", .offset = 0, .octets = "x"}, test::soon()));
        EXPECT_FALSE(scene.client().call(Part{.id = "1rABCD-000001-00", .offset = 5, .octets = "x"}, test::soon()));
        auto late = from_network(plain);
        late.offset = 7;
        const auto reply = scene.submit(late);
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->code, 451u);
        EXPECT_TRUE(scene.spool.kept.empty());
    });
}

TEST(Intake, TooManyMessagesAtOnceAreForLater)
{
    play([](Scene& scene) {
        scene.parameters.messages_at_once = 1;
        ASSERT_TRUE(scene.client().call(Part{.id = "1rABCD-000001-00", .offset = 0, .octets = "Subject: "}, test::soon()));
        const auto second = scene.client().call(Part{.id = "1rABCD-000002-00", .offset = 0, .octets = "x"}, test::soon());
        ASSERT_FALSE(second);
        EXPECT_EQ(second.error().blame, Blame::temporary);
    });
}

TEST(Intake, SpooldsRefusalIsA451AndTheLogSaysWhy)
{
    play([](Scene& scene) {
        scene.spool.on_commit = [](const auto&, auto&) { return Status(temporary("the disk is on fire")); };
        const auto reply = scene.submit(from_network(plain));
        ASSERT_TRUE(reply);
        EXPECT_EQ(reply->taken, Taken::refused);
        EXPECT_EQ(reply->code, 451u);
        EXPECT_EQ(reply->text, "Temporary local problem - please try later");
        EXPECT_TRUE(scene.said("the disk is on fire"));
    });
}

// When spoold dies over the commit, only its log knows whether the message is ours.
TEST(Intake, ALostAnswerIsAskedAfter)
{
    for (const bool committed : {true, false})
        play([committed](Scene& scene) {
            scene.spool.says_committed = committed;
            auto [ours, theirs] = test::channel_pair(nullptr, &scene.spool); // the process that takes over
            scene.spool.on_commit = [&, spare = ours](const auto&, ipc::Channel& from) {
                scene.to_spoold.add(spare);
                from.close("killed");
                return Status(temporary("killed"));
            };
            const auto reply = scene.submit(from_network(plain));
            ASSERT_TRUE(reply);
            EXPECT_EQ(reply->taken, committed ? Taken::committed : Taken::refused);
            EXPECT_EQ(reply->code, committed ? 0u : 451u);
            ours->close("");
            theirs->close("");
            event::sleep_for(Duration{1});
        });
}

TEST(Intake, ASilentSpoolIsAskedAfterToo)
{
    for (const bool committed : {true, false})
        play([committed](Scene& scene) {
            scene.parameters.spool_timeout = 1;
            scene.spool.says_committed = committed;
            scene.spool.on_commit = [](const auto&, auto&) {
                event::sleep_for(Duration{1500});
                return Status(temporary("too late"));
            };
            const auto reply = scene.submit(from_network(plain));
            ASSERT_TRUE(reply);
            EXPECT_EQ(reply->taken, committed ? Taken::committed : Taken::refused);
            event::sleep_for(Duration{600});
        });
}

// Only a client that has fallen would do it; the others' messages are not to suffer.
TEST(Intake, TakesOnePartOfAMessageAtATime)
{
    play([](Scene& scene) {
        scene.parameters.large_message = 1000;
        scene.spool.part_delay = Duration{20};
        const std::string id = from_network(plain).envelope.id;
        const auto octets = plain + std::string(60'000, 'x'); // five of these are more than a part of spoold's
        for (std::uint64_t n = 0; n < 4; ++n)
            ASSERT_TRUE(scene.client().call(Part{.id = id, .offset = n * octets.size(), .octets = octets}, test::soon()));
        int taken = 0, refused = 0, running = 3;
        for (int n = 0; n < 3; ++n)
            test::also("part", [&, n = static_cast<std::uint64_t>(n)] {
                const Part part{.id = id, .offset = (4u + n) * octets.size(), .octets = octets};
                const auto reply = scene.client().call(part, test::soon());
                ++(reply ? taken : refused);
                --running;
            });
        while (running > 0)
            event::sleep_for(Duration{5});
        EXPECT_EQ(taken, 1);
        EXPECT_EQ(refused, 2);
        EXPECT_TRUE(scene.submit(from_network("Subject: another\r\n\r\n")));
    });
}

TEST(Intake, FollowsTheSpoolsRoomAndTellsItOn)
{
    play([](Scene& scene) {
        scene.spool.space = {.accepting = false, .free_octets = 77, .free_inodes = 1};
        scene.room.follow(scene.to_spoold);
        auto [ours, theirs] = test::channel_pair(&scene.room, &scene.spool); // spoold is there again
        scene.to_spoold.add(ours);
        while (scene.room.now().accepting)
            event::sleep_for(Duration{1});
        const auto room = scene.client().call(WatchRoom{}, test::soon());
        ASSERT_TRUE(room);
        EXPECT_FALSE(room->accepting);
        EXPECT_EQ(room->free_octets, 77u);
        const auto refused = scene.submit(from_network(plain));
        ASSERT_TRUE(refused);
        EXPECT_EQ(refused->code, 452u);
        EXPECT_EQ(refused->text, "Space shortage, please try later");
        theirs->send(spoold::Space{.accepting = true, .free_octets = 1'000'000});
        while (!scene.room.now().accepting)
            event::sleep_for(Duration{1});
        EXPECT_EQ(scene.submit(from_network(plain))->taken, Taken::committed);
        ASSERT_EQ(scene.ears.heard.size(), 1u);
        EXPECT_EQ(scene.ears.heard[0].free_octets, 1'000'000u);
        ours->close("");
        theirs->close("");
        event::sleep_for(Duration{1});
    });
}

TEST(Intake, LocalMailIsHeldAgainstTheSizeLimit)
{
    play([](Scene& scene) {
        scene.parameters.message_size_limit = 20;
        EXPECT_EQ(scene.submit(from_network(plain))->taken, Taken::committed); // smtpd has its own
        const auto refused = scene.submit(from_program(plain));
        EXPECT_EQ(refused->code, 552u);
        EXPECT_NE(refused->text.find("message_size_limit"), std::string::npos);
    });
}

// delay = … of an ACL holds the answer back, within the message's time: one of many leaves time for the others.
TEST(Intake, AnAclsDelayIsWaitedForAndDoesNotUseUpTheMessagesTime)
{
    play([](Scene& scene) {
        scene.parameters.phases = std::uint64_t{1} << static_cast<unsigned>(router::Phase::data) |
                                  std::uint64_t{1} << static_cast<unsigned>(router::Phase::data_prdr);
        scene.parameters.cleanup_timeout = 2;
        scene.router.says.delay_ms = 600'000;
        auto message = from_network(plain);
        message.prdr = true;
        message.envelope.recipients.push_back(message.envelope.recipients.at(0));
        const auto began = std::chrono::steady_clock::now();
        EXPECT_EQ(scene.submit(message)->taken, Taken::committed);
        EXPECT_GE(std::chrono::steady_clock::now() - began, Duration{800});
    });
}

// Its sender would not hear that we have it, and would send it again.
TEST(Intake, IsNotCommittedWhenTheClientHasGoneMeanwhile)
{
    for (const bool is_there : {true, false})
        play([is_there](Scene& scene) {
            scene.ears.client_is_there = is_there;
            auto message = from_network(plain);
            EXPECT_EQ(scene.submit(message)->taken, Taken::committed); // nobody wanted that it asks
            EXPECT_TRUE(scene.ears.asked_about.empty());
            message.envelope.id = "1rABCD-000002-00";
            message.asks_before_commit = true;
            EXPECT_EQ(scene.submit(message)->taken, is_there ? Taken::committed : Taken::unheard);
            EXPECT_EQ(scene.ears.asked_about, std::vector<std::string>{"1rABCD-000002-00"});
            EXPECT_EQ(scene.spool.kept.size(), is_there ? 2u : 1u);
        });
}

TEST(Intake, IsNotCommittedWhenSmtpdHasGoneMeanwhile)
{
    play([](Scene& scene) {
        scene.ears.dies = true;
        auto message = from_network(plain);
        message.asks_before_commit = true;
        EXPECT_FALSE(scene.client().call(message, test::soon()));
        for (int n = 0; n < 50; ++n) // it has still to hear that nobody answers
            event::sleep_for(Duration{1});
        EXPECT_EQ(scene.ears.asked_about.size(), 1u);
        EXPECT_TRUE(scene.spool.kept.empty());
    });
}

TEST(Intake, CompletesTheHeadersOfWhatIsRefusedAlready)
{
    play([](Scene& scene) {
        auto message = from_program("Cc: one\r\n\r\nbody\r\n");
        message.is_refused = true;
        const auto reply = scene.submit(message);
        EXPECT_EQ(reply->taken, Taken::refused);
        EXPECT_TRUE(scene.spool.kept.empty());
        EXPECT_TRUE(reply->headers.starts_with("Cc: one\r\nCc: one@rcpt.example.org\r\nMessage-Id: ")) << reply->headers;
        EXPECT_EQ(reply->old_headers, std::vector<std::uint32_t>{0});
    });
}

TEST(Intake, TheArrivalLineSaysWhatMailSaidOfTheBody)
{
    for (const auto& [body, says_seven, want] : {std::tuple{mail::BodyType::seven_bit, false, " M8S=0"},
                                                 std::tuple{mail::BodyType::seven_bit, true, " M8S=7"},
                                                 std::tuple{mail::BodyType::eight_bit_mime, false, " M8S=8"}})
        play([&](Scene& scene) {
            scene.parameters.log_8bitmime = true;
            auto message = from_network(plain);
            message.envelope.body = body;
            if (says_seven)
                mail::add_note(message.envelope, mail::note_body_7bit, "yes");
            ASSERT_TRUE(scene.submit(message));
            EXPECT_NE(scene.kept().commit.log_line.find(want), std::string::npos) << scene.kept().commit.log_line;
        });
}

TEST(Intake, HeadersHaveTheirBounds)
{
    play([](Scene& scene) {
        scene.parameters.header_maxsize = 1000;
        const auto refused = scene.submit(from_network("X: " + std::string(2000, 'x') + "\r\n\r\nbody\r\n"));
        ASSERT_TRUE(refused);
        EXPECT_EQ(refused->taken, Taken::refused);
        EXPECT_EQ(refused->code, 552u);
    });
}

}
}
