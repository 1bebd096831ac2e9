// Answers those who ask for signatures, at a rate.
#pragma once

#include <chrono>
#include <unordered_map>

#include "common/ipc/endpoint.h"
#include "common/tls/keyd/key_ring.h"
#include "common/tls/keyd/protocol.h"
#include "common/tls/keyd/ticket_mill.h"

namespace gp::keyd {

class SignEndpoint final : public ipc::Endpoint<Sign, AskTicketKeys> {
public:
    SignEndpoint(const KeyRing& ring, const TicketMill& tickets, std::uint32_t per_second)
        : ring_(ring), tickets_(tickets), per_second_(per_second)
    {}

    Result<SignReply> answer(const Sign& request, ipc::Channel& from) override;
    Result<TicketKeysReply> answer(const AskTicketKeys& request, ipc::Channel& from) override;
    void peer_gone(ipc::Channel& channel) override { spent_.erase(channel.id()); }

private:
    struct Second { // signatures that one channel got in one second
        std::chrono::steady_clock::time_point begin;
        std::uint32_t count = 0;
        bool told = false;
    };
    bool may(ipc::Channel& from);

    const KeyRing& ring_;
    const TicketMill& tickets_;
    std::uint32_t per_second_;
    std::unordered_map<std::uint64_t, Second> spent_;
};

}
