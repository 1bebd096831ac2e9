// A peer that speaks in clear, in TLS, or in clear into the middle of TLS, as the steps of an input say.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>

#include "common/tls/context.h"
#include "common/tls/stream.h"
#include "tests/fuzz/steps.h"
#include "tests/support/peer/certificates.h"

namespace gp::fuzz {

inline const gp::testing::Authority& authority()
{
    static const gp::testing::Authority made;
    return made;
}

inline const tls::Context& server_context()
{
    static const tls::Context made = [] {
        const auto issued = authority().issue(gp::testing::KeyKind::p256, {"mx.example.org"});
        auto context = tls::Context::server({.identities = {{issued.certificate, *tls::PrivateKey::from_pem(issued.key)}}});
        if (!context)
            panic(context.error().text);
        return *context;
    }();
    return made;
}

class SwitchingPeer {
public:
    static constexpr Duration patience{50}; // with one that waits for what does not come
    using Switch = std::function<Result<std::unique_ptr<tls::TlsStream>>(event::Stream& below)>;

    // `usual`: what step 6 says around its octets; `asks`: what step 1 says before the switch.
    struct Words {
        std::string asks, before, behind;
    };
    SwitchingPeer(event::Stream& below, Switch make, Words words) : below_(below), make_(std::move(make)), words_(std::move(words)) {}

    void play(Steps& steps)
    {
        while (!steps.is_over() && !has_ended_)
            step(steps);
        drain();
    }
    void drain()
    {
        std::array<char, 4096> buffer;
        for (std::size_t taken = 0; taken < most_drained;) {
            const auto got = top().read(buffer, event::Deadline::in(Duration{2}));
            if (!got || *got == 0)
                return;
            if (!tls_)
                heard_in_clear_.append(buffer.data(), *got);
            taken += *got;
        }
    }
    const std::string& said_in_tls() const { return said_in_tls_; }
    const std::string& heard_in_clear() const { return heard_in_clear_; }
    bool has_switched() const { return tls_ != nullptr; }

private:
    static constexpr std::size_t most_drained = 256 * 1024;

    event::Stream& top() { return tls_ ? *tls_ : below_; }

    void step(Steps& steps)
    {
        switch (steps.number() % 9) {
        case 0:
            return say(steps.text());
        case 1:
            return say(words_.asks);
        case 2:
            return shake_hands();
        case 3: // into the middle of whatever there is
            return static_cast<void>(below_.write(steps.text(), event::Deadline::in(patience)));
        case 4:
            return top().finish();
        case 5:
            return drain();
        case 6:
            return say(words_.before + std::string(steps.text()) + words_.behind);
        case 7:
            has_ended_ = true;
            return;
        default:
            event::yield();
        }
    }

    void say(std::string_view text)
    {
        if (tls_)
            said_in_tls_ += text;
        (void)top().write(text, event::Deadline::in(patience));
    }

    // What the other end has said until now is none of TLS.
    void shake_hands()
    {
        if (tls_)
            return;
        drain();
        if (auto made = make_(below_))
            tls_ = std::move(*made);
    }

    event::Stream& below_;
    const Switch make_;
    const Words words_;
    std::unique_ptr<tls::TlsStream> tls_;
    std::string said_in_tls_, heard_in_clear_;
    bool has_ended_ = false;
};

}
