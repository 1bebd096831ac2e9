// The keys that a server seals session tickets with (RFC 5077 section 4): a ticket holds all that the server needs to
// resume a TLS session, so that nothing of it is kept here.
//
// keyd makes them, and makes new ones each hour; every process that serves TLS asks it, so that a ticket of one is good at
// another of its pool. Whoever has one can sign nothing, but can open the tickets of its time. With TLS 1.2 a ticket goes
// over the wire in clear and holds the secret of its session, so that the session in which it was given can be read, too,
// and every one that was resumed with it; with TLS 1.3 only what a client sends before the handshake's end, which we do
// not take, since a resumed session has a fresh key exchange.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace gp::tls {

struct TicketKey {
    static constexpr std::size_t name_size = 16, secret_size = 64;
    std::string name;   // 16 octets, in clear in front of a ticket
    std::string secret; // 32 octets for AES-256-CBC, 32 for HMAC-SHA-256
};

class TicketKeys {
public:
    TicketKeys() = default;
    ~TicketKeys() { wipe(); }
    TicketKeys(const TicketKeys&) = delete;
    TicketKeys& operator=(const TicketKeys&) = delete;

    // The first seals; all of them open. Keys of a wrong size are an error, and then there are none.
    Status set(std::vector<TicketKey> keys);
    bool empty() const { return keys_.empty(); }
    const TicketKey* sealing() const { return keys_.empty() ? nullptr : &keys_.front(); }
    const TicketKey* find(std::string_view name) const;

private:
    void wipe();
    std::vector<TicketKey> keys_;
};

}
