// Which host is tried after which, and what is said when none took the message.

#include <gtest/gtest.h>

#include "scene.h"

namespace gp::remote {
namespace {

using delivery::Fate;
using gp::testing::Dialogue;
using gp::testing::ScriptedPeer;

TEST(NextHost, GoesOnToTheNextHost)
{
    play([](Scene& scene) {
        std::string message;
        ScriptedPeer busy{{[](Dialogue& with) { with.says("421 busy").closes(); }}};
        ScriptedPeer refusing{{[](Dialogue& with) { with.says("554 no smtp service here").hears("QUIT"); }}};
        ScriptedPeer good{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(plain_hello).hears("MAIL").says("250 ok").hears("RCPT").says("250 ok");
            with.hears("DATA").says("354 go").hears_data(message).says("250 ok").hears("QUIT");
        }}};
        const auto reply = scene.deliver(request({nobody_listens(), host(busy, "busy.example"), host(refusing, "no.example"), host(good)}));
        EXPECT_EQ(reply.outcomes[0].fate, Fate::delivered);
        EXPECT_EQ(reply.outcomes[0].host_name, "mx.example");
        ASSERT_EQ(reply.host_failures.size(), 3u);
        EXPECT_EQ(reply.host_failures[0].text, "Connection refused");
        EXPECT_EQ(reply.host_failures[0].error_name, "refused_A");
        EXPECT_EQ(reply.host_failures[0].error_number, ECONNREFUSED);
        EXPECT_EQ(reply.host_failures[1].name, "busy.example");
        EXPECT_EQ(reply.host_failures[2].text, "SMTP error from remote mail server after initial connection: 554 no smtp service here");
        EXPECT_EQ(scene.spool.fetched, 1u);
        for (auto* peer : {&busy, &refusing, &good})
            peer->finish();
    });
}

TEST(NextHost, SaysNoHostWhenNoneCouldBeConnectedTo)
{
    play([](Scene& scene) {
        const auto reply = scene.deliver(request({nobody_listens(10), nobody_listens(20)}));
        EXPECT_EQ(reply.outcomes[0].fate, Fate::deferred);
        EXPECT_EQ(reply.outcomes[0].text, "Connection refused");
        EXPECT_EQ(reply.outcomes[0].error_number, ECONNREFUSED);
        EXPECT_EQ(reply.outcomes[0].error_name, "refused_MX");
        EXPECT_EQ(reply.outcomes[0].host_name, "");
        EXPECT_TRUE(reply.outcomes[0].host_error);
        EXPECT_EQ(reply.host_failures.size(), 2u);
        EXPECT_EQ(scene.spool.fetched, 0u); // nobody was there to send it to
    });
}

TEST(NextHost, ARefusalForGoodDoesNotOutweighAHostThatMayTakeItLater)
{
    play([](Scene& scene) {
        ScriptedPeer refusing{{[](Dialogue& with) { with.says("554 no").hears("QUIT"); }}};
        const auto reply = scene.deliver(request({nobody_listens(), host(refusing)}));
        EXPECT_EQ(reply.outcomes[0].fate, Fate::deferred);
        refusing.finish();
    });
}

TEST(NextHost, ADeferredRecipientIsTriedAtTheNextHost)
{
    play([](Scene& scene) {
        std::string message;
        ScriptedPeer grey{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(plain_hello).hears("MAIL").says("250 ok");
            with.hears("RCPT TO:<a@").says("250 ok").hears("RCPT TO:<b@").says("451 grey").hears("DATA").says("354 go");
            with.hears_data(message).says("250 ok one").hears("QUIT");
        }}};
        ScriptedPeer good{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(plain_hello).hears("MAIL").says("250 ok").hears("RCPT TO:<b@").says("250 ok");
            with.hears("DATA").says("354 go").hears_data(message).says("250 ok two").hears("QUIT");
        }}};
        const auto reply = scene.deliver(request({host(grey, "one.example"), host(good, "two.example")}, {"a@d.example", "b@d.example"}));
        EXPECT_EQ(reply.outcomes[0].text, "250 ok one");
        EXPECT_EQ(reply.outcomes[1].text, "250 ok two");
        EXPECT_EQ(reply.outcomes[1].host_name, "two.example");
        ASSERT_EQ(reply.host_failures.size(), 1u);
        EXPECT_EQ(reply.host_failures[0].error_name, "rcpt_4xx");
        EXPECT_EQ(scene.spool.delivered.size(), 2u);
        grey.finish();
        good.finish();
    });
}

TEST(NextHost, AMessageRefusedForGoodGoesToNoOtherHost)
{
    play([](Scene& scene) {
        ScriptedPeer refusing{{[](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(plain_hello).hears("MAIL").says("550 we know you").hears("QUIT");
        }}};
        ScriptedPeer other{{}};
        EXPECT_EQ(scene.deliver(request({host(refusing), host(other)})).outcomes[0].fate, Fate::failed);
        refusing.finish();
    });
}

TEST(NextHost, DefersWithoutHosts)
{
    play([](Scene& scene) {
        EXPECT_EQ(scene.deliver(request({})).outcomes[0].text, "remote_smtp transport called with no hosts set");
        EXPECT_EQ(scene.deliver(request({{.name = "later.example"}})).outcomes[0].text, "host lookup did not complete");
        auto skipping = request({nobody_listens()});
        skipping.hosts_to_skip = {"127.0.0.1:" + std::to_string(skipping.instruction.hosts[0].port)};
        const auto reply = scene.deliver(skipping);
        EXPECT_EQ(reply.outcomes[0].text, "retry time not reached for any host for 'dst.example'");
        EXPECT_EQ(reply.outcomes[0].error_number, -54);
    });
}

TEST(NextHost, StopsAtItsDeadline)
{
    play([](Scene& scene) {
        ScriptedPeer silent{{[](Dialogue& with) { with.hears_end(); }}};
        auto asked = request({host(silent), nobody_listens()});
        asked.deadline = 1;
        const auto reply = scene.deliver(asked);
        EXPECT_EQ(reply.outcomes[0].fate, Fate::deferred);
        EXPECT_EQ(reply.outcomes[0].text, "SMTP timeout after initial connection");
        EXPECT_EQ(reply.host_failures.size(), 1u);
        silent.finish();
    });
}

}
}
