// remote: delivers messages to other hosts by SMTP and LMTP.
//
// qmgr hands it a message by ticket, the addresses, and a flat instruction: hosts, and every option of the transport,
// already expanded. It reads no configuration and sees no queue; the message comes from spoold, host lists that need
// the language are asked of router, and the keys of client certificates stay in keyd.
#include "common/base/random.h"
#include "common/log/log.h"
#include "common/service/boot.h"
#include "common/tls/keyd/protocol.h"
#include "delivery/remote/deliver_endpoint.h"
#include "delivery/remote/parameters.h"

using namespace gp;

namespace {

// A signature of keyd, asked for on the fiber that shakes hands.
tls::Signer signer_of(ipc::Link& keyd, std::uint32_t key, std::uint32_t timeout)
{
    return [&keyd, key, timeout](const tls::SignRequest& request) -> Result<std::string> {
        const keyd::Sign question{.key = key, .digest = request.digest, .pss = request.pss, .block = std::string(request.block)};
        auto reply = keyd.call(question, event::Deadline::in(std::chrono::seconds{timeout}));
        if (!reply) {
            log::warning("no signature for a TLS client certificate: " + reply.error().text);
            return std::move(reply).error();
        }
        return reply->signature;
    };
}

}

int main(int argc, char** argv)
{
    service::Boot boot{"remote", argc, argv};
    const auto parameters = boot.parameters<remote::Parameters>();
    auto jailed = std::move(boot).enter_jail();

    const SystemClock clock;
    const auto protocols = Registry<remote::Protocol>::linked();
    auto& keyd = jailed.dial("keyd");
    remote::TlsContexts contexts{parameters, [&](std::uint32_t key) { return signer_of(keyd, key, parameters.keyd_timeout); }};
    remote::WarmLinks warm{parameters};
    event::Gate connections{parameters.connections_max};
    remote::DeliverEndpoint endpoint{{
        .parameters = parameters,
        .protocols = protocols,
        .contexts = contexts,
        .warm = warm,
        .dkim = [&](const remote::DkimKey& key, const std::string& block) -> Result<std::string> {
            const keyd::Sign question{.key = key.key, .digest = key.algorithm == "rsa" ? "SHA256" : "", .block = block};
            return TRY(keyd.call(question, event::Deadline::in(std::chrono::seconds{parameters.keyd_timeout}))).signature;
        },
        .connections = connections,
        .spoold = jailed.dial("spoold"),
        .router = &jailed.dial("router"),
        .launcher = parameters.has_filters ? &jailed.dial("launcher") : nullptr,
        .clock = clock,
        .random = [](std::uint32_t bound) { return bound < 2 ? 0 : static_cast<std::uint32_t>(random_number() % bound); },
    }};
    return jailed.serve({.endpoint = &endpoint, .on_stop = [&] {
                             warm.close_all();
                             endpoint.close_held();
                         },
                         .is_busy = [&] { return endpoint.is_busy(); }});
}
