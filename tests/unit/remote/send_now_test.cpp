#include "delivery/remote/delivery_run.h"

#include "scene.h"

// mua_wrapper: a message that comes with the request goes to all of its recipients or to none (manual chapter 52).
namespace gp::remote {
namespace {

using delivery::Fate;
using gp::testing::Dialogue;
using gp::testing::ScriptedPeer;

delivery::DeliverReply send_now(Scene& scene, std::vector<router::Host> hosts)
{
    auto shop = scene.workshop();
    SendNow question;
    question.delivery = request(std::move(hosts), {"u@dst.example", "v@dst.example"});
    question.delivery.ticket.clear();
    question.delivery.instruction.max_rcpt = 1;
    question.headers = "Subject: hello\r\nFrom: a@src.example\r\n";
    question.body = "one\r\n.two\r\n";
    return DeliveryRun{shop, question}.run();
}

TEST(SendNow, WaitsForAllRecipientsBeforeTheMessage)
{
    for (const bool chunks : {false, true})
        play([chunks](Scene& scene) {
            std::string message;
            ScriptedPeer peer{{[&](Dialogue& with) {
                with.says("220 peer").hears("EHLO").says(chunks ? all_hello : pipe_hello);
                with.hears("MAIL").hears("RCPT TO:<u@dst.example>").hears("RCPT TO:<v@dst.example>").says("250 ok\r\n250 ok\r\n250 ok");
                if (chunks)
                    with.hears("BDAT " + std::to_string(message_text.size()) + " LAST").hears_octets(message_text.size(), message).says("250 done");
                else
                    with.hears("DATA").says("354 go").hears_data(message).says("250 done");
                with.hears("QUIT").says("221 bye");
            }}};
            const auto reply = send_now(scene, {host(peer)});
            peer.finish();
            EXPECT_EQ(message, message_text);
            for (const auto& outcome : reply.outcomes) {
                EXPECT_EQ(outcome.fate, Fate::delivered);
                EXPECT_EQ(outcome.text, "250 done");
                EXPECT_FALSE(outcome.unrecorded);
            }
            EXPECT_EQ(scene.spool.fetched + scene.spool.finishing.size() + scene.spool.delivered.size() + scene.spool.released, 0u);
        });
}

TEST(SendNow, OneRefusalIsForAllAndForGood)
{
    for (const auto hello : {plain_hello, pipe_hello, all_hello})
        play([hello](Scene& scene) {
            const bool in_group = hello != plain_hello;
            ScriptedPeer peer{{[&](Dialogue& with) {
                with.says("220 peer").hears("EHLO").says(hello);
                if (in_group)
                    with.hears("MAIL").hears("RCPT").hears("RCPT").says("250 ok\r\n250 ok\r\n450 later");
                else
                    with.hears("MAIL").says("250 ok").hears("RCPT").says("250 ok").hears("RCPT").says("450 later");
                with.hears("QUIT").says("221 bye");
            }}};
            ScriptedPeer other{{}};
            const auto reply = send_now(scene, {host(peer), host(other, "other.example")});
            peer.finish();
            for (const auto& outcome : reply.outcomes) {
                EXPECT_EQ(outcome.fate, Fate::failed);
                EXPECT_EQ(outcome.smtp_code, 450u);
                EXPECT_NE(outcome.text.find("RCPT TO:<v@dst.example>: 450 later"), std::string::npos) << outcome.text;
                EXPECT_EQ(outcome.host_name, "mx.example");
            }
        });
}

TEST(SendNow, AnotherHostIsTriedWhenOneIsLost)
{
    play([](Scene& scene) {
        std::string message;
        ScriptedPeer first{{[](Dialogue& with) { with.says("220 peer").hears("EHLO").says(plain_hello).hears("MAIL").says("250 ok").hears("RCPT").closes(); }}};
        ScriptedPeer second{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(plain_hello).hears("MAIL").says("250 ok").hears("RCPT").says("250 ok");
            with.hears("RCPT").says("250 ok").hears("DATA").says("354 go").hears_data(message).says("250 done").hears("QUIT");
        }}};
        const auto reply = send_now(scene, {nobody_listens(), host(first), host(second, "second.example")});
        first.finish();
        second.finish();
        EXPECT_EQ(message, message_text);
        for (const auto& outcome : reply.outcomes) {
            EXPECT_EQ(outcome.fate, Fate::delivered);
            EXPECT_EQ(outcome.host_name, "second.example");
        }
    });
}

TEST(SendNow, ARefusalBeforeTheHostWasLostCountsForAll)
{
    play([](Scene& scene) {
        ScriptedPeer peer{{[](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(plain_hello).hears("MAIL").says("250 ok").hears("RCPT").says("550 no").hears("RCPT").closes();
        }}};
        ScriptedPeer other{{}};
        const auto reply = send_now(scene, {host(peer), host(other, "other.example")});
        peer.finish();
        for (const auto& outcome : reply.outcomes)
            EXPECT_EQ(outcome.fate, Fate::failed);
    });
}

}
}
