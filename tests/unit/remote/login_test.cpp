// What must not go out: secrets into texts that others read, and addresses that are more than one.
#include "delivery/remote/sendable.h"

#include "scene.h"

namespace gp::remote {
namespace {

using gp::testing::Dialogue;
using gp::testing::ScriptedPeer;

// Plays router with a password.
class FakeAuthenticator final : public ipc::Endpoint<router::Login> {
public:
    Result<router::LoginReply> answer(const router::Login& question, ipc::Channel&) override
    {
        return router::LoginReply{.kind = router::LoginReply::Kind::send, .authenticator = "plain", .mechanism = "PLAIN",
                                  .has_data = question.exchange == 0, .data = "c2VjcmV0", .exchange = 1};
    }
};

TEST(ClientLogin, WhatALoginSaysIsInNoError)
{
    play([](Scene& scene) {
        FakeAuthenticator fake;
        ipc::Link link{"router"};
        auto [ours, theirs] = test::channel_pair(nullptr, &fake);
        link.add(ours);
        scene.router = &link;
        constexpr std::string_view hello = "250-peer.example\r\n250 AUTH PLAIN";
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(hello).hears("AUTH PLAIN c2VjcmV0").closes();
        }, [&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(hello).hears("AUTH PLAIN c2VjcmV0").says("334 go on").hears("c2VjcmV0").closes();
        }}};
        for (int attempt = 0; attempt < 2; ++attempt) {
            const auto reply = scene.deliver(request({host(peer)}, {"u@dst.example"}, {{"hosts_try_auth", "*"}}));
            EXPECT_EQ(reply.outcomes[0].text, "Remote host closed connection in response to " + std::string(attempt == 0 ? "AUTH PLAIN " : "") + "********");
            ASSERT_EQ(reply.host_failures.size(), 1u);
            EXPECT_EQ(reply.host_failures[0].text.find("c2VjcmV0"), std::string::npos);
        }
        peer.finish();
        ours->close("done");
        theirs->close("done");
        event::sleep_for(Duration{1});
    });
}

TEST(Sendable, NoAddressEndsTheLineEarly)
{
    EXPECT_TRUE(can_be_sent(""));
    EXPECT_TRUE(can_be_sent("\"a \\\" b\"@x.example"));
    EXPECT_FALSE(can_be_sent("a b@x.example"));
    EXPECT_FALSE(can_be_sent("a@x.example>"));
    EXPECT_FALSE(can_be_sent("\"a\\\rb\"@x.example"));
    EXPECT_FALSE(can_be_sent("\"a\\"));
}

}
}
