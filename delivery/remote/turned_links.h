// The connections that ATRN turned around (turned_protocol.h): each belongs to the holders of one end of a socket pair, and
// ends with them.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "common/ipc/endpoint.h"
#include "delivery/remote/delivery_run.h"
#include "delivery/remote/turned_protocol.h"

namespace gp::remote {

// One of them, while it lasts.
struct TurnedLink {
    HostAddress host;
    net::SocketAddress local;
    std::optional<tls::SessionFacts> tls;   // of the client's session with smtpd
    OwnedFd socket;                         // until it is greeted
    std::unique_ptr<ClientSession> session; // greeted; none before, while it is in use, and after
    std::string over;                       // why it has ended; empty: it has not
    event::Gate turn{1};                    // one message at a time
};

class TurnedLinks final : public ipc::Endpoint<DeliverTurned> {
public:
    explicit TurnedLinks(Workshop& workshop) : workshop_(workshop) {}

    // Nothing is said to the client yet: that comes with the first message.
    Result<TurnLinkReply> turn(const TurnLink& question);
    // The service ends: no further message goes over any of them; one that is under way is waited for (is_busy).
    void close_all();
    bool is_busy() const;

    Result<DeliverTurnedReply> answer(const DeliverTurned& question, ipc::Channel& from) override;
    void peer_gone(ipc::Channel& from) override;

private:
    struct Held {
        std::shared_ptr<ipc::Channel> channel;
        std::shared_ptr<TurnedLink> link; // a delivery in progress has one of its own
    };
    void end(TurnedLink& link) const;

    Workshop& workshop_;
    std::map<std::uint64_t, Held> links_; // by Channel::id
    bool stopping_ = false;
};

}
