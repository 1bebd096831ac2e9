// A client in front of, at, and behind STARTTLS: what it says in clear, pipelined or into the handshake, how the handshake
// goes, and how TLS ends. Nothing of what was said in clear is obeyed or known in TLS (RFC 3207 section 4.2), and the
// session comes to its end.
//
// Input: octet 0 how the session is set up; then steps (switching_peer.h).

#include "common/base/text.h"
#include "tests/fuzz/switching_peer.h"
#include "tests/support/fiber_test.h"
#include "tests/unit/smtpd/transcript.h"

namespace {

using namespace gp;

constexpr std::size_t most_input = 4096;

const tls::Context& client_context()
{
    static const tls::Context made = [] {
        tls::ContextSettings settings;
        settings.trust = tls::TrustStore(fuzz::authority().certificate());
        auto context = tls::Context::client(settings);
        if (!context)
            panic(context.error().text);
        return *context;
    }();
    return made;
}

Result<std::unique_ptr<tls::TlsStream>> start_tls(event::Stream& below)
{
    return tls::TlsStream::connect(below, client_context(), {.sni = "mx.example.org"},
                                   event::Deadline::in(fuzz::SwitchingPeer::patience));
}

void check(const router::Ask& ask, const std::string& said_in_tls)
{
    if (ask.origin.tls_cipher.empty())
        return;
    if (said_in_tls.find(trim(ask.command)) == std::string::npos)
        panic("what was said in clear is obeyed in TLS: " + ask.command);
    if (said_in_tls.find(ask.origin.helo_name) == std::string::npos)
        panic("what was said in clear is known in TLS: " + ask.origin.helo_name);
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0 || size > most_input)
        return 0;
    smtpd::Transcript session;
    session.tls = &fuzz::server_context();
    session.parameters.phases = ~std::uint64_t{0};
    session.parameters.greeting.advertise_tls = !(data[0] & 1);
    session.tls_on_connect = data[0] & 2;
    session.parameters.smtp_enforce_sync = data[0] & 4;
    session.parameters.tls_handshake_timeout = 1;
    session.parameters.smtp_receive_timeout = 1;
    std::string said_in_tls;
    bool has_switched = false;
    session.play([&](smtpd::Caller& caller) {
        fuzz::Steps steps{{reinterpret_cast<const char*>(data + 1), size - 1}};
        fuzz::SwitchingPeer client{caller.stream(), start_tls,
                                   {"STARTTLS\r\n", "EHLO ", "\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<x@example.org>\r\n"}};
        if (!session.tls_on_connect)
            client.drain(); // the greeting
        client.play(steps);
        said_in_tls = client.said_in_tls();
        has_switched = client.has_switched();
    });
    for (const auto& ask : session.router.asked)
        check(ask, said_in_tls);
    for (const auto& message : session.cleanup.messages)
        if (!message.envelope.origin.tls_cipher.empty() && !has_switched)
            panic("a message came by TLS, and there was none");
    if (::testing::UnitTest::GetInstance()->ad_hoc_test_result().Failed())
        panic("the session does not end");
    return 0;
}
