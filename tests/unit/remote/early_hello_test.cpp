// PIPECONNECT: what goes out before the host has greeted, on the strength of what it answered the last time.
#include <map>

#include "common/tls/context.h"
#include "scene.h"
#include "tests/support/peer/certificates.h"
#include "tests/support/temp_dir.h"

namespace gp::remote {
namespace {

using delivery::Fate;
using gp::testing::Authority;
using gp::testing::Dialogue;
using gp::testing::KeyKind;
using gp::testing::ScriptedPeer;

constexpr std::string_view hello = "250-peer.example\r\n250-PIPELINING\r\n250 PIPECONNECT";
constexpr std::string_view chunking_hello = "250-peer.example\r\n250-SIZE 1000\r\n250-PIPELINING\r\n250-PIPECONNECT\r\n250 CHUNKING";
constexpr std::string_view auth_hello = "250-peer.example\r\n250-PIPELINING\r\n250-PIPECONNECT\r\n250 AUTH PLAIN";
constexpr std::string_view tls_hello = "250-peer.example\r\n250-PIPELINING\r\n250-PIPECONNECT\r\n250 STARTTLS";

// Plays router, and tally behind it.
class FakeMemory final : public ipc::Endpoint<router::RecallHello, router::KeepHello, router::Login> {
public:
    std::map<std::string, std::string> known;
    std::size_t kept = 0;
    Result<router::HelloReply> answer(const router::RecallHello& question, ipc::Channel&) override
    {
        return router::HelloReply{known[question.key]};
    }
    Result<ipc::Done> answer(const router::KeepHello& question, ipc::Channel&) override
    {
        ++kept;
        known[question.key] = question.extensions;
        return ipc::Done{};
    }
    Result<router::LoginReply> answer(const router::Login&, ipc::Channel&) override
    {
        return router::LoginReply{.kind = router::LoginReply::Kind::send, .authenticator = "plain", .mechanism = "PLAIN",
                                  .has_data = true, .data = "c2VjcmV0"};
    }
    std::string only() const
    {
        std::string all;
        for (const auto& [key, value] : known)
            all += value;
        return all;
    }
};

struct Ground {
    Scene scene;
    FakeMemory memory;
    ipc::Link link{"router"};
    std::string message;

    delivery::DeliverReply deliver(const ScriptedPeer& peer, std::vector<router::Option> options = {})
    {
        options.push_back({"hosts_pipe_connect", "*"});
        return scene.deliver(request({host(peer)}, {"u@dst.example"}, std::move(options)));
    }
    // A connection on which each answer is waited for.
    ScriptedPeer::Script patient(std::string_view answer)
    {
        return [this, answer](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(answer).hears("MAIL").hears("RCPT").hears("DATA");
            with.says("250 ok\r\n250 ok\r\n354 go").hears_data(message).says("250 taken").hears("QUIT").says("221 bye");
        };
    }
    ScriptedPeer::Script patient_in_chunks(std::string_view answer)
    {
        return [this, answer](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(answer).hears("MAIL").hears("RCPT").hears("BDAT");
            with.hears_octets(message_text.size(), message).says("250 ok\r\n250 ok\r\n250 taken").hears("QUIT").says("221 bye");
        };
    }
    void expect_taken(const delivery::DeliverReply& reply, bool is_early)
    {
        EXPECT_EQ(reply.outcomes[0].fate, Fate::delivered) << reply.outcomes[0].text;
        EXPECT_EQ(reply.outcomes[0].text, "250 taken");
        EXPECT_EQ(reply.outcomes[0].early_pipe, is_early);
        EXPECT_TRUE(reply.host_failures.empty());
    }
};

void play(const std::function<void(Ground&)>& body)
{
    test::run_fiber([&] {
        Ground ground;
        auto [ours, theirs] = test::channel_pair(nullptr, &ground.memory);
        ground.link.add(ours);
        ground.scene.router = &ground.link;
        body(ground);
        ours->close("done");
        theirs->close("done");
        ground.scene.close();
        event::sleep_for(Duration{1}); // the channels tell the fake that they are gone
    });
}

TEST(EarlyHello, EverythingUpToDataGoesOutBeforeTheGreeting)
{
    play([](Ground& ground) {
        ScriptedPeer peer{{ground.patient(hello), [&](Dialogue& with) {
            with.hears("EHLO mta.example").hears("MAIL").hears("RCPT").hears("DATA").says("220 peer").says(hello);
            with.says("250 ok\r\n250 ok\r\n354 go").hears_data(ground.message).says("250 taken").hears("QUIT").says("221 bye");
        }}};
        ground.expect_taken(ground.deliver(peer), false);
        EXPECT_EQ(ground.memory.only(), "PIPELINING\nPIPECONNECT");
        ground.expect_taken(ground.deliver(peer), true);
        EXPECT_EQ(ground.memory.kept, 1u);
        peer.finish();
    });
}

TEST(EarlyHello, NobodyElseIsRememberedOrHurried)
{
    play([](Ground& ground) {
        ScriptedPeer peer{{ground.patient(hello), ground.patient(pipe_hello), ground.patient(pipe_hello)}};
        ground.expect_taken(ground.scene.deliver(request({host(peer)})), false); // not in hosts_pipe_connect
        ground.expect_taken(ground.deliver(peer), false);                        // does not offer it
        ground.expect_taken(ground.deliver(peer), false);
        EXPECT_EQ(ground.memory.kept, 0u);
        peer.finish();
    });
}

// To a host that does not know BDAT any more its octets would be commands.
TEST(EarlyHello, TheMessageWaitsForTheAnswer)
{
    play([](Ground& ground) {
        ScriptedPeer peer{{ground.patient_in_chunks(chunking_hello), [&](Dialogue& with) {
            with.hears("EHLO").hears("MAIL FROM:<a@src.example> SIZE=").hears("RCPT").says("220 peer").says(chunking_hello);
            with.says("250 ok\r\n250 ok").hears("BDAT").hears_octets(message_text.size(), ground.message).says("250 taken");
            with.hears("QUIT").says("221 bye");
        }, [&](Dialogue& with) {
            with.hears("EHLO").hears("MAIL").hears("RCPT").says("220 peer").says(hello).says("250 ok\r\n250 ok").hears_end();
        }, ground.patient(hello)}};
        ground.expect_taken(ground.deliver(peer), false);
        ground.expect_taken(ground.deliver(peer), true);
        EXPECT_EQ(ground.message, message_text);
        ground.expect_taken(ground.deliver(peer), false);
        peer.finish();
        EXPECT_EQ(ground.memory.only(), "PIPELINING\nPIPECONNECT");
        EXPECT_EQ(ground.scene.spool.delivered.size(), 3u);
    });
}

TEST(EarlyHello, AHostThatTakesItForBadMannersIsCalledOnceMore)
{
    for (const std::string_view said : {"554 SMTP synchronization error", "220 peer\r\n500 what", "220 peer\r\n250 peer.example", "nonsense"})
        play([said](Ground& ground) {
            ScriptedPeer peer{{ground.patient(hello), [&](Dialogue& with) { with.hears("EHLO").hears("MAIL").says(said).closes(); },
                               ground.patient(pipe_hello), ground.patient(pipe_hello)}};
            ground.expect_taken(ground.deliver(peer), false);
            ground.expect_taken(ground.deliver(peer), false);
            EXPECT_EQ(ground.memory.only(), "");
            ground.expect_taken(ground.deliver(peer), false);
            peer.finish();
            EXPECT_EQ(peer.connections(), 4u);
        });
}

TEST(EarlyHello, ARefusalForGoodIsTheHostsOwn)
{
    play([](Ground& ground) {
        ScriptedPeer peer{{ground.patient(hello), [&](Dialogue& with) { with.says("554 go away").closes(); },
                           [&](Dialogue& with) { with.says("554 go away").hears("QUIT").says("221 bye"); }}};
        ground.expect_taken(ground.deliver(peer), false);
        EXPECT_EQ(ground.deliver(peer).outcomes[0].text, "SMTP error from remote mail server after initial connection: 554 go away");
        peer.finish();
    });
}

TEST(EarlyHello, ARecipientThatIsRefusedIsRefused)
{
    play([](Ground& ground) {
        ScriptedPeer peer{{ground.patient(hello), [&](Dialogue& with) {
            with.hears("EHLO").hears("MAIL").hears("RCPT").hears("DATA").says("220 peer").says(hello);
            with.says("250 ok\r\n550 nobody here\r\n503 no recipient").hears("QUIT").says("221 bye");
        }}};
        ground.expect_taken(ground.deliver(peer), false);
        const auto reply = ground.deliver(peer);
        EXPECT_EQ(reply.outcomes[0].fate, Fate::failed);
        EXPECT_EQ(reply.outcomes[0].smtp_code, 550u);
        peer.finish();
    });
}

TEST(EarlyHello, ALoginGoesOutWithEhlo)
{
    play([](Ground& ground) {
        const auto login = [&](Dialogue& with) {
            with.says("235 ok").hears("MAIL").hears("RCPT").hears("DATA").says("250 ok\r\n250 ok\r\n354 go");
            with.hears_data(ground.message).says("250 taken").hears("QUIT").says("221 bye");
        };
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(auth_hello).hears("AUTH PLAIN c2VjcmV0");
            login(with);
        }, [&](Dialogue& with) {
            with.hears("EHLO").hears("AUTH PLAIN c2VjcmV0").says("220 peer").says(auth_hello);
            login(with);
        }, [&](Dialogue& with) { // AUTH is offered no more
            with.hears("EHLO").hears("AUTH PLAIN").says("220 peer").says(hello).hears_end();
        }, [&](Dialogue& with) { with.says("220 peer").hears("EHLO").says(hello).hears("QUIT").says("221 bye"); },
           [&](Dialogue& with) { with.hears("EHLO").says("220 peer").says(hello).hears("QUIT").says("221 bye"); }}};
        const std::vector<router::Option> required{{"hosts_require_auth", "*"}};
        ground.expect_taken(ground.deliver(peer, required), false);
        ground.expect_taken(ground.deliver(peer, required), true);
        for (int n = 0; n < 2; ++n)
            EXPECT_EQ(ground.deliver(peer, required).outcomes[0].text, "authentication required but server did not advertise AUTH support");
        peer.finish();
    });
}

TEST(EarlyHello, BothGreetingsOfATlsSessionAreHurried)
{
    play([](Ground& ground) {
        Authority authority;
        test::TempDir folder;
        const auto issued = authority.issue(KeyKind::p256, {"mx.example"});
        tls::ContextSettings settings;
        settings.identities = {{issued.certificate, *tls::PrivateKey::from_pem(issued.key)}};
        const auto context = *tls::Context::server(settings);
        ScriptedPeer peer{{[&](Dialogue& with) {
            with.says("220 peer").hears("EHLO").says(tls_hello).hears("STARTTLS").says("220 go").starts_tls(context);
            with.hears("EHLO").says(hello).hears("MAIL").hears("RCPT").hears("DATA").says("250 ok\r\n250 ok\r\n354 go");
            with.hears_data(ground.message).says("250 taken").hears("QUIT").says("221 bye");
        }, [&](Dialogue& with) {
            with.hears("EHLO").hears("STARTTLS").says("220 peer").says(tls_hello).says("220 go").starts_tls(context);
            with.hears("EHLO").hears("MAIL").hears("RCPT").hears("DATA").says(hello).says("250 ok\r\n250 ok\r\n354 go");
            with.hears_data(ground.message).says("250 taken").hears("QUIT").says("221 bye");
        }, [&](Dialogue& with) { // it has no TLS to offer today, which is required
            with.hears("EHLO").hears("STARTTLS").says("220 peer").says(hello).says("500 what").hears_end();
        }, [&](Dialogue& with) { with.says("220 peer").hears("EHLO").says(hello).hears("QUIT").says("221 bye"); }}};
        const std::vector<router::Option> options{{"hosts_require_tls", "*"},
                                                  {"tls_verify_certificates", folder.file("ca.pem", authority.certificate())}};
        ground.expect_taken(ground.deliver(peer, options), false);
        ground.expect_taken(ground.deliver(peer, options), true);
        EXPECT_EQ(ground.deliver(peer, options).outcomes[0].error_name, "tls_required");
        peer.finish();
    });
}

TEST(EarlyHello, NoMessageIsRefusedForWhatAHostSaidAnotherTime)
{
    play([](Ground& ground) {
        constexpr std::string_view utf8_hello = "250-peer.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8";
        ScriptedPeer peer{{ground.patient(hello), [&](Dialogue& with) { with.hears("EHLO").says("220 peer").says(utf8_hello).hears_end(); },
                           ground.patient(utf8_hello)}};
        ground.expect_taken(ground.deliver(peer), false);
        auto asked = request({host(peer)}, {"\xc3\xbc@dst.example"}, {{"hosts_pipe_connect", "*"}, {"utf8_downconvert", "0"}});
        asked.smtputf8 = true;
        ground.expect_taken(ground.scene.deliver(asked), false);
        peer.finish();
    });
}

}
}
