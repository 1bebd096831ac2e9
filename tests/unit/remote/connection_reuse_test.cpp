// Connections that are used for more than one message.

#include <gtest/gtest.h>

#include "delivery/remote/warm_links.h"
#include "router/late_protocol.h"
#include "scene.h"

namespace gp::remote {
namespace {

using delivery::Fate;
using gp::testing::Dialogue;
using gp::testing::ScriptedPeer;

TEST(ConnectionReuse, UsesAConnectionForTheNextMessage)
{
    play([](Scene& scene) {
        scene.parameters.connection_keep = 30;
        std::string message;
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(plain_hello);
            for (int n = 0; n < 2; ++n) {
                with.hears("MAIL").says("250 ok").hears("RCPT").says("250 ok").hears("DATA").says("354 go");
                with.hears_data(message).says("250 ok");
            }
            with.hears("QUIT");
        }}};
        auto asked = request({host(peer)});
        asked.instruction.connection_max_messages = 2;
        const auto first = scene.deliver(asked);
        EXPECT_FALSE(first.outcomes[0].connection_reused);
        const auto second = scene.deliver(asked);
        EXPECT_EQ(second.outcomes[0].fate, Fate::delivered);
        EXPECT_TRUE(second.outcomes[0].connection_reused);
        EXPECT_EQ(scene.warm.size(), 0u);
        peer.finish();
        EXPECT_EQ(peer.connections(), 1u);
    });
}

// Its smtp_accept_queue_per_connection: what comes behind would wait there for a queue run.
TEST(ConnectionReuse, DoesNotFillAConnectionToAnEximWithMoreThanItDeliversAtOnce)
{
    play([](Scene& scene) {
        scene.parameters.connection_keep = 30;
        scene.parameters.exim_connection_messages = 2;
        std::string message;
        const auto takes = [&](const char* greeting, int messages) {
            return [&message, greeting, messages](Dialogue& with) {
                with.says(greeting).hears("EHLO").says(plain_hello);
                for (int n = 0; n < messages; ++n) {
                    with.hears("MAIL").says("250 ok").hears("RCPT").says("250 ok").hears("DATA").says("354 go");
                    with.hears_data(message).says("250 ok");
                }
                with.hears("QUIT");
            };
        };
        ScriptedPeer exim{{takes("220 peer ESMTP Exim 4.96 Mon, 23 Nov 2026 12:00:00 +0000", 2), takes("220-peer ESMTP Exim 4.96 #2\r\n220 no spam", 1)}};
        ScriptedPeer other{{takes("220 peer ESMTP Postfix", 3)}};
        for (int n = 0; n < 3; ++n)
            for (auto* peer : {&exim, &other})
                EXPECT_EQ(scene.deliver(request({host(*peer)})).outcomes[0].fate, Fate::delivered);
        scene.warm.close_all();
        exim.finish();
        other.finish();
        EXPECT_EQ(exim.connections(), 2u);
        EXPECT_EQ(other.connections(), 1u);
    });
}

// RFC 9422: a server says itself how many messages it takes over one connection, and recipients of one.
TEST(ConnectionReuse, KeepsToTheLimitsThatAHostOffers)
{
    play([](Scene& scene) {
        scene.parameters.connection_keep = 30;
        std::string message;
        const auto takes = [&](int messages) {
            return [&message, messages](Dialogue& with) {
                with.says("220 peer").hears("EHLO").says("250-peer.example\r\n250 LIMITS MAILMAX=2 RCPTMAX=1");
                for (int n = 0; n < messages; ++n) {
                    with.hears("MAIL").says("250 ok").hears("RCPT").says("250 ok").hears("DATA").says("354 go");
                    with.hears_data(message).says("250 ok");
                }
                with.hears("QUIT");
            };
        };
        ScriptedPeer peer{{takes(2), takes(1)}};
        const auto reply = scene.deliver(request({host(peer)}, {"u@dst.example", "v@dst.example", "w@dst.example"}));
        ASSERT_EQ(reply.outcomes.size(), 3u);
        for (const auto& outcome : reply.outcomes)
            EXPECT_EQ(outcome.fate, Fate::delivered) << outcome.text;
        scene.warm.close_all();
        peer.finish();
        EXPECT_EQ(peer.connections(), 2u);
    });
}

TEST(ConnectionReuse, ResetsAConnectionThatWasLeftInATransaction)
{
    play([](Scene& scene) {
        scene.parameters.connection_keep = 30;
        std::string octets;
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(all_hello).hears("MAIL").hears("RCPT").hears("BDAT");
            with.hears_octets(message_text.size(), octets).says("250 ok\r\n550 no\r\n503 no");
            with.hears("RSET").hears("MAIL").hears("RCPT").hears("BDAT").hears_octets(message_text.size(), octets);
            with.says("250 reset\r\n250 ok\r\n250 ok\r\n250 done").hears("QUIT");
        }}};
        EXPECT_EQ(scene.deliver(request({host(peer)})).outcomes[0].fate, Fate::failed);
        EXPECT_EQ(scene.deliver(request({host(peer)})).outcomes[0].text, "250 done");
        scene.warm.close_all();
        peer.finish();
    });
}

TEST(ConnectionReuse, ReplacesAConnectionThatDiedWhileItWaited)
{
    for (const int how : {0, 1, 2, 3})
        play([how](Scene& scene) {
            scene.parameters.connection_keep = 30;
            std::string message;
            const auto serve = [&](Dialogue& with) {
                with.says("220 peer").hears("EHLO").says(plain_hello).hears("MAIL").says("250 ok").hears("RCPT").says("250 ok");
                with.hears("DATA").says("354 go").hears_data(message).says("250 ok");
            };
            ScriptedPeer peer{{[&](Dialogue& with) {
                serve(with);
                if (how == 0)
                    with.closes(); // seen before it is used
                else if (how == 1)
                    with.says("421 timeout").closes();
                else if (how == 2)
                    with.hears("MAIL").closes(); // and seen only then
                else
                    with.hears("MAIL").says("421 too many messages on this connection").closes();
            }, [&](Dialogue& with) {
                serve(with);
                with.hears("QUIT");
            }}};
            EXPECT_EQ(scene.deliver(request({host(peer)})).outcomes[0].fate, Fate::delivered);
            event::sleep_for(Duration{20});
            const auto reply = scene.deliver(request({host(peer)}));
            EXPECT_EQ(reply.outcomes[0].fate, Fate::delivered);
            EXPECT_FALSE(reply.outcomes[0].connection_reused);
            EXPECT_TRUE(reply.host_failures.empty());
            scene.warm.close_all();
            peer.finish();
            EXPECT_EQ(peer.connections(), 2u);
        });
}

// The login may be by sender: the next sender's message must not go out under it.
TEST(ConnectionReuse, AConnectionThatLogsInIsForOneSender)
{
    net::SocketAddress at{*net::Address::parse("192.0.2.1"), 25};
    const HostAddress host{.host_name = "relay.example", .address = at.address(), .port = at.port()};
    router::Delivery instruction;
    instruction.transport = "smtp";
    SmtpOptions options;
    EXPECT_EQ(warm_key(host, instruction, options, "a@x"), warm_key(host, instruction, options, "b@x"));
    options.hosts_try_auth = "*";
    EXPECT_NE(warm_key(host, instruction, options, "a@x"), warm_key(host, instruction, options, "b@x"));
    EXPECT_EQ(warm_key(host, instruction, options, "a@x", false), warm_key(host, instruction, options, "b@x", false)); // it is not
    options = {};
    options.hosts_avoid_tls = "*"; // of a callout that must not use TLS
    EXPECT_NE(warm_key(host, instruction, options, "a@x"), warm_key(host, instruction, {}, "a@x"));
    options = {};
    options.helo_data = router::late_mark;
    EXPECT_NE(warm_key(host, instruction, options, "a@x"), warm_key(host, instruction, options, "b@x"));
}

TEST(ConnectionReuse, AMessageThatWentOutWholeIsNotSentAgainAtOnce)
{
    play([](Scene& scene) {
        scene.parameters.connection_keep = 30;
        std::string octets;
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(all_hello).hears("MAIL").hears("RCPT").hears("BDAT");
            with.hears_octets(message_text.size(), octets).says("250 ok\r\n250 ok\r\n250 done");
            with.hears("MAIL").hears("RCPT").hears("BDAT").hears_octets(message_text.size(), octets);
            with.closes(); // it may have taken the message
        }}};
        EXPECT_EQ(scene.deliver(request({host(peer)})).outcomes[0].fate, Fate::delivered);
        const auto reply = scene.deliver(request({host(peer)}));
        EXPECT_EQ(reply.outcomes[0].fate, Fate::deferred);
        EXPECT_EQ(reply.host_failures.size(), 1u);
        scene.warm.close_all();
        peer.finish();
        EXPECT_EQ(peer.connections(), 1u);
    });
}

TEST(ConnectionReuse, NothingIsFinishedThatSpooldHasNotNoted)
{
    play([](Scene& scene) {
        scene.spool.finishing_refusal = temporary("another agent is delivering it", Cause::refused);
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(plain_hello).hears("MAIL").says("250 ok").hears("RCPT").says("250 ok");
            with.hears("DATA").says("354 go").hears_end();
        }}};
        const auto reply = scene.deliver(request({host(peer)}));
        EXPECT_EQ(reply.outcomes[0].fate, Fate::deferred);
        EXPECT_NE(reply.outcomes[0].text.find("another agent is delivering it"), std::string::npos);
        peer.finish();
    });
}

TEST(ConnectionReuse, SplitsRecipientsByMaxRcpt)
{
    play([](Scene& scene) {
        std::string message;
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(plain_hello);
            for (const int count : {2, 1}) {
                with.hears("MAIL").says("250 ok");
                for (int n = 0; n < count; ++n)
                    with.hears("RCPT").says("250 ok");
                with.hears("DATA").says("354 go").hears_data(message).says("250 ok");
            }
            with.hears("QUIT");
        }}};
        auto asked = request({host(peer)}, {"a@d.example", "b@d.example", "c@d.example"});
        asked.instruction.max_rcpt = 2;
        const auto reply = scene.deliver(asked);
        for (const auto& outcome : reply.outcomes)
            EXPECT_EQ(outcome.fate, Fate::delivered);
        EXPECT_TRUE(reply.outcomes[2].connection_reused);
        peer.finish();
    });
}

TEST(ConnectionReuse, EveryCopyGetsAConnectionWhereOneCarriesNoMore)
{
    play([](Scene& scene) {
        std::string message;
        const auto one = [&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(plain_hello).hears("MAIL").says("250 ok").hears("RCPT").says("250 ok");
            with.hears("DATA").says("354 go").hears_data(message).says("250 ok").hears("QUIT");
        };
        ScriptedPeer peer{{one, one, one, one}};
        auto asked = request({host(peer)}, {"a@d.example", "b@d.example", "c@d.example", "d@d.example"});
        asked.instruction.max_rcpt = 1;
        asked.instruction.connection_max_messages = 1;
        for (const auto& outcome : scene.deliver(asked).outcomes)
            EXPECT_EQ(outcome.fate, Fate::delivered) << outcome.text;
        peer.finish();
        EXPECT_EQ(peer.connections(), 4u);
    });
}

TEST(WarmLinks, CloseAfterAWhileAndKeepNoMoreThanTheyMay)
{
    play([](Scene& scene) {
        scene.parameters.connection_keep = 1;
        scene.parameters.idle_per_host_max = 1;
        std::string message;
        const auto serve = [&](Dialogue& with) {
            std::string own;
            with.says("220 peer").hears("EHLO").says(plain_hello).hears("MAIL").says("250 ok").hears("RCPT").says("250 ok");
            with.hears("DATA").says("354 go").hears_data(own).pauses(Duration{50}).says("250 ok").hears("QUIT").says("221 bye");
        };
        ScriptedPeer peer{{serve, serve}};
        int running = 2;
        for (int n = 0; n < 2; ++n)
            test::also("delivery", [&] {
                EXPECT_EQ(scene.deliver(request({host(peer)})).outcomes[0].fate, Fate::delivered);
                --running;
            });
        while (running > 0)
            event::sleep_for(Duration{5});
        EXPECT_EQ(scene.warm.size(), 1u);
        peer.finish(); // both hear QUIT: the one at once, the other when its second is over
        EXPECT_EQ(scene.warm.size(), 0u);
    });
}

// Their number stays below the host's bound when each new one takes the place of one that waits.
TEST(WarmLinks, OneOfAnotherKindIsEndedForEachNewOne)
{
    play([](Scene& scene) {
        scene.parameters.connection_keep = 30;
        const auto serve = [&](Dialogue& with) {
            std::string own;
            with.says("220 peer").hears("EHLO").says(plain_hello).hears("MAIL").says("250 ok").hears("RCPT").says("250 ok");
            with.hears("DATA").says("354 go").hears_data(own).pauses(Duration{50}).says("250 ok").hears("QUIT").says("221 bye");
        };
        ScriptedPeer peer{{serve, serve, serve}};
        auto asked = request({host(peer)});
        asked.is_counted = true;
        int running = 2;
        for (int n = 0; n < 2; ++n)
            test::also("delivery", [&] {
                EXPECT_EQ(scene.deliver(asked).outcomes[0].fate, Fate::delivered);
                --running;
            });
        while (running > 0)
            event::sleep_for(Duration{5});
        EXPECT_EQ(scene.warm.size(), 2u);
        asked.instruction.transport = "other";
        EXPECT_EQ(scene.deliver(asked).outcomes[0].fate, Fate::delivered);
        EXPECT_EQ(scene.warm.size(), 2u) << "one of each kind";
        scene.warm.close_all();
        peer.finish();
        EXPECT_EQ(peer.connections(), 3u);
    });
}

TEST(WarmLinks, AreOfOneHostWhateverTheAddress)
{
    play([](Scene& scene) {
        scene.parameters.connection_keep = 30;
        ScriptedPeer peer{{[&](Dialogue& with) {
            std::string own;
            with.says("220 peer").hears("EHLO").says(plain_hello).hears("MAIL").says("250 ok").hears("RCPT").says("250 ok");
            with.hears("DATA").says("354 go").hears_data(own).says("250 ok").hears("QUIT").says("221 bye");
        }}};
        auto asked = request({host(peer)});
        EXPECT_EQ(scene.deliver(asked).outcomes[0].fate, Fate::delivered);
        ASSERT_EQ(scene.warm.size(), 1u);
        const auto name = asked.instruction.hosts[0].name;
        const auto port = std::to_string(peer.port());
        EXPECT_EQ(scene.warm.take_other(name + "\n[192.0.2.7]:9\nx"), nullptr);
        EXPECT_EQ(scene.warm.take_other("x" + name + "\n[192.0.2.7]:" + port + "\nx"), nullptr);
        auto other = scene.warm.take_other(upper(name) + "\n[2001:db8::1]:" + port + "\nx");
        ASSERT_NE(other, nullptr);
        other->quit(Duration{1000});
        peer.finish();
    });
}

}
}
