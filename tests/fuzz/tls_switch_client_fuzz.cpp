// A server in front of, at, and behind STARTTLS, as the remote agent sees it: what it says in clear, or in clear into the
// handshake, is no answer in TLS, and where TLS is required nothing of a message goes out in clear. The delivery comes to
// its end, whatever that is.
//
// Input: octet 0 what the transport wants; then steps (switching_peer.h), over as many connections as the agent makes.

#include "common/log/log.h"
#include "tests/fuzz/switching_peer.h"
#include "tests/unit/remote/scene.h"

namespace {

using namespace gp;

constexpr std::size_t most_input = 4096;
constexpr std::size_t most_connections = 8;

struct Talk {
    fuzz::Steps steps;
    std::string said_in_tls, heard_in_clear;

    void serve(gp::testing::Dialogue& with)
    {
        const auto accept = [](event::Stream& below) {
            return tls::TlsStream::accept(below, fuzz::server_context(), event::Deadline::in(fuzz::SwitchingPeer::patience));
        };
        event::FdStream below{OwnedFd{::dup(with.fd())}};
        fuzz::SwitchingPeer server{below, accept,
                                   {"220 go\r\n", "250-", "\r\n250-PIPELINING\r\n250 STARTTLS\r\n"}};
        server.play(steps);
        said_in_tls += server.said_in_tls();
        heard_in_clear += server.heard_in_clear();
        below.abort();
        with.closes();
    }
};

std::vector<router::Option> options_of(std::uint8_t how)
{
    std::vector<router::Option> options{{"command_timeout", "100ms"}, {"data_timeout", "100ms"}, {"final_timeout", "100ms"}};
    if (how & 1)
        options.push_back({"hosts_require_tls", "*"});
    if (how & 2)
        options.push_back({"protocol", "smtps"});
    if (how & 4)
        options.push_back({"tls_tempfail_tryclear", "false"});
    if (how & 8)
        options.push_back({"tls_verify_hosts", "*"});
    return options;
}

void check(const delivery::DeliverReply& reply, const Talk& talk, std::uint8_t how)
{
    if ((how & 3) && talk.heard_in_clear.find("MAIL FROM") != std::string::npos)
        panic("a message's sender went out in clear, and TLS is required");
    for (const auto& outcome : reply.outcomes) {
        if (outcome.fate != delivery::Fate::delivered)
            continue;
        if ((how & 3) && outcome.tls_cipher.empty())
            panic("a message went out in clear, and TLS is required");
        if (!outcome.tls_cipher.empty() && talk.said_in_tls.find("25") == std::string::npos)
            panic("an answer that was given in clear counts in TLS: " + outcome.text);
    }
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0 || size > most_input)
        return 0;
    const auto how = data[0];
    test::run_fiber([&] {
        log::set_sink([](const log::Entry&) {});
        Talk talk{.steps = fuzz::Steps{{reinterpret_cast<const char*>(data + 1), size - 1}}};
        remote::Scene scene;
        {
            using gp::testing::ScriptedPeer;
            ScriptedPeer peer{{most_connections, [&](gp::testing::Dialogue& with) { talk.serve(with); }}};
            check(scene.deliver(remote::request({remote::host(peer)}, {"u@dst.example"}, options_of(how))), talk, how);
            peer.finish();
        }
        scene.close();
        log::set_sink({});
    });
    if (::testing::UnitTest::GetInstance()->ad_hoc_test_result().Failed())
        panic("the delivery does not end");
    return 0;
}
