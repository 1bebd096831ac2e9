// What all sessions of one receiving process share. Owned by main, borrowed by each session.
#pragma once

#include "common/base/clock.h"
#include "common/ipc/link.h"
#include "common/mail/message_id.h"
#include "smtpd/parameters.h"

namespace gp::tls {
class Context;
}

namespace gp::smtpd {

class Certificates;
class Connections;
class RoomView;
class WaitingClients;

struct Reception {
    const Parameters& parameters;
    ipc::Link& router;
    ipc::Link& cleanup;
    const tls::Context* tls = nullptr; // none: no STARTTLS
    mail::MessageIdGenerator& ids;
    const Clock& clock;
    Connections& connections;
    const RoomView& room;
    WaitingClients* waiting = nullptr;    // none: cleanup asks nobody whether a client is still there
    Certificates* certificates = nullptr; // who may choose another one than that of `tls` for a client

    bool has_phase(router::Phase phase) const
    {
        return (parameters.phases & (std::uint64_t{1} << static_cast<unsigned>(phase))) != 0;
    }
};

}
