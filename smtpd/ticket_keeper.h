// The keys of session tickets as this process has them: from keyd, asked for again when they are due, so that none is kept
// longer than it is good for, though no client may come.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "common/event/loop.h"
#include "common/tls/keyd/protocol.h"
#include "common/tls/ticket_keys.h"

namespace gp::smtpd {

class TicketKeeper {
public:
    using Ask = std::function<Result<keyd::TicketKeysReply>()>;
    explicit TicketKeeper(Ask ask);

    // What contexts seal with; empty until freshen() has been called, and again when keyd does not answer: then no tickets
    // are given and none are taken, and nothing else is different.
    std::shared_ptr<const tls::TicketKeys> keys() const { return keys_; }
    // Before a handshake that may resume. May wait for keyd; one fiber asks, the others go on with what there is.
    void freshen();

private:
    void ask();
    void renew();

    const Ask ask_;
    const std::shared_ptr<tls::TicketKeys> keys_ = std::make_shared<tls::TicketKeys>();
    std::chrono::steady_clock::time_point due_{};
    bool is_asking_ = false;
    event::Timer timer_;
};

}
