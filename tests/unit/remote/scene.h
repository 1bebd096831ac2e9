// A remote service in one process with the tests: its endpoint, a spoold that has one message, and helpers to say what
// is to be delivered.
#pragma once

#include <gtest/gtest.h>

#include "delivery/remote/deliver_endpoint.h"
#include "tests/support/fiber_test.h"
#include "tests/support/peer/scripted_peer.h"
#include "tests/support/sockets.h"

namespace gp::remote {

// Plays spoold: hands out one message and remembers what it is told.
class FakeSpool final : public ipc::Endpoint<spoold::Fetch, spoold::Finishing, spoold::Delivered, spoold::Release> {
public:
    spoold::Fetched message{.headers = "Subject: hello\r\nFrom: a@src.example\r\n", .body = "one\r\n.two\r\n"};
    std::vector<spoold::Finishing> finishing;
    std::vector<spoold::Delivered> delivered;
    std::size_t fetched = 0, released = 0;
    Error refusal; // of Delivered, when it has a text
    Error finishing_refusal;

    Result<spoold::Fetched> answer(const spoold::Fetch& request, ipc::Channel&) override
    {
        ++fetched;
        if (request.ticket != "ticket")
            return permanent("wrong ticket");
        return message;
    }
    Result<ipc::Done> answer(const spoold::Finishing& told, ipc::Channel&) override
    {
        if (!finishing_refusal.text.empty())
            return finishing_refusal;
        finishing.push_back(told);
        return ipc::Done{};
    }
    Result<ipc::Done> answer(const spoold::Delivered& told, ipc::Channel&) override
    {
        if (!refusal.text.empty())
            return refusal;
        delivered.push_back(told);
        return ipc::Done{};
    }
    void notice(const spoold::Release&, ipc::Channel&) override { ++released; }
};

class Scene {
public:
    Scene() : warm(parameters), gate(100)
    {
        parameters.primary_hostname = "mta.example";
        parameters.quit_timeout = 1;
        // The tests that follow scripts to the letter take each connection once.
        parameters.connection_keep = 0;
        auto [ours, theirs] = test::channel_pair(nullptr, &spool);
        asking_ = ours;
        answering_ = theirs;
        spoold.add(ours);
    }
    void close()
    {
        warm.close_all();
        if (asking_)
            asking_->close("the test is over");
        if (answering_)
            answering_->close("the test is over");
        asking_.reset();
        answering_.reset();
        event::sleep_for(Duration{1}); // the channels tell the spool that they are gone
    }

    Workshop workshop()
    {
        return {.parameters = parameters, .protocols = protocols, .contexts = contexts, .warm = warm, .connections = gate,
                .spoold = spoold, .router = router, .clock = clock, .random = [](std::uint32_t) { return 0u; }};
    }
    delivery::DeliverReply deliver(const delivery::Deliver& request)
    {
        auto shop = workshop();
        return DeliveryRun{shop, request}.run();
    }

    Parameters parameters;
    FakeSpool spool;
    ipc::Link spoold{"spoold"};
    ipc::Link* router = nullptr;
    SystemClock clock;
    Registry<Protocol> protocols = Registry<Protocol>::linked();
    TlsContexts::SignerFor signer_for = [](std::uint32_t) { return tls::Signer{}; };
    TlsContexts contexts{parameters, [this](std::uint32_t key) { return signer_for(key); }};
    WarmLinks warm;
    event::Gate gate;

private:
    std::shared_ptr<ipc::Channel> asking_, answering_;
};

inline router::Host host(const testing::ScriptedPeer& peer, std::string name = "mx.example", std::int32_t mx = -1)
{
    return {.name = std::move(name), .addresses = {peer.address().address().text()}, .port = peer.port(), .mx = mx};
}

inline delivery::Deliver request(std::vector<router::Host> hosts, const std::vector<std::string>& addresses = {"u@dst.example"},
                                 std::vector<router::Option> options = {})
{
    delivery::Deliver made{.id = "1abcde-000001-00", .ticket = "ticket"};
    made.sender = "a@src.example";
    made.size = 100;
    made.deadline = 30;
    made.instruction.transport = "remote_smtp";
    made.instruction.driver = "smtp";
    made.instruction.address = addresses.front();
    made.instruction.hosts = std::move(hosts);
    made.instruction.options = std::move(options);
    for (std::uint32_t index = 0; index < addresses.size(); ++index)
        made.targets.push_back({.recipient = index, .unique = "u" + std::to_string(index), .address = addresses[index],
                                .original = addresses[index]});
    return made;
}

inline constexpr std::string_view message_text = "Subject: hello\r\nFrom: a@src.example\r\n\r\none\r\n.two\r\n";

inline constexpr std::string_view plain_hello = "250 peer.example";
inline constexpr std::string_view all_hello = "250-peer.example greets you\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250-PIPELINING\r\n"
                                       "250-CHUNKING\r\n250 DSN";
inline constexpr std::string_view pipe_hello = "250-peer.example\r\n250 PIPELINING";

// Runs a scene on a fiber; the scene goes when the body is through.
inline void play(const std::function<void(Scene&)>& body)
{
    test::run_fiber([&] {
        Scene scene;
        body(scene);
        scene.close();
    });
}

// A host that refuses connections.
inline router::Host nobody_listens(std::int32_t mx = -1)
{
    std::uint16_t port = 0;
    { auto listening = test::listen_tcp(port); }
    return {.name = "dead.example", .addresses = {"127.0.0.1"}, .port = port, .mx = mx};
}

}
