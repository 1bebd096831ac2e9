// WELLKNOWN (Exim 4.98) at the wire.
#include "router/switches_protocol.h"

#include "tests/unit/smtpd/transcript.h"

namespace gp::smtpd {
namespace {

struct Asking : Transcript {
    explicit Asking(bool is_offered = true)
    {
        parameters.phases = std::uint64_t{1} << static_cast<unsigned>(router::Phase::wellknown);
        if (is_offered)
            parameters.greeting.verdict.state.switches.emplace_back(router::offers_wellknown);
    }
};

TEST(Wellknown, AFileIsAReplyOfSeveralLines)
{
    Asking session;
    session.router.on_ask = [](const router::Ask& ask) -> Result<router::AskReply> {
        router::AskReply reply{.state = ask.state};
        reply.first_text = "SIZE=12\nhello+20" + std::string(90, 'x') + "\nworld";
        return reply;
    };
    session.play([](Caller& client) {
        client.says("220 ").hears("EHLO client.example").skips_to("250-WELLKNOWN").skips_to("250 ");
        client.hears("WELLKNOWN acme/x");
        EXPECT_EQ(client.reply(), "250-SIZE=12|250-hello+20" + std::string(90, 'x') + "|250 world");
        client.hears("WELLKNOWN").says("501 WELLKNOWN must have a path");
        client.hears("MAIL FROM:<a@b>").says("250 OK");
    });
    ASSERT_EQ(session.router.asked.size(), 1u);
    EXPECT_EQ(session.router.asked[0].argument, "acme/x");
    EXPECT_EQ(session.router.asked[0].command, "WELLKNOWN acme/x");
}

TEST(Wellknown, ARefusalIsLogged)
{
    Asking session;
    session.router.on_ask = [](const router::Ask& ask) -> Result<router::AskReply> {
        router::AskReply reply{.verdict = router::Verdict::deny, .text = "no such resource", .log_text = "failed to open /x", .state = ask.state};
        return reply;
    };
    session.play([](Caller& client) {
        client.says("220 ").hears("HELO client.example").says("250 ");
        client.hears("WELLKNOWN x").says("550 no such resource");
    });
    EXPECT_TRUE(session.logged_reject("rejected WELLKNOWN x: failed to open /x")) << session.logs();
}

TEST(Wellknown, IsForThoseOfTheListAndWhereThereIsAnAcl)
{
    for (const bool has_acl : {true, false}) {
        Asking session{!has_acl};
        if (!has_acl)
            session.parameters.phases = 0;
        session.play([](Caller& client) {
            client.says("220 ").hears("EHLO client.example");
            EXPECT_EQ(client.reply().find("WELLKNOWN"), std::string::npos);
            client.hears("WELLKNOWN x").says("554 not permitted");
        });
        EXPECT_TRUE(session.router.asked.empty());
        EXPECT_TRUE(session.logged_reject("rejected WELLKNOWN x: the command is not offered to this client")) << session.logs();
    }
}

}
}
