// Sessions that wait for another message to the same place: the next delivery saves connecting, greeting and TLS.
//
// A session is kept for a few seconds, counted, and looked at before it is used: whatever a server says unasked means
// that it is going. Which sessions are the same place is the caller's key: address, port, and all that the transport's
// options make of a connection.
#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "common/base/text.h"
#include "common/event/loop.h"
#include "delivery/remote/client_session.h"
#include "router/routing_protocol.h"

namespace gp::remote {

// What two deliveries must have in common to use one connection: the host, as DANE trusts it, the transport and its
// options; and where the connection may depend on the message (a login by $sender_address: `logins_vary`), the message's
// addresses.
std::string warm_key(const HostAddress& host, const router::Delivery& instruction, const SmtpOptions& options,
                     std::string_view sender, bool logins_vary = true);

class WarmLinks {
public:
    explicit WarmLinks(const Parameters& parameters);
    ~WarmLinks();

    std::unique_ptr<ClientSession> take(const std::string& key); // null when there is none that still lives
    // Gives it back when there is no place for it.
    std::unique_ptr<ClientSession> keep(const std::string& key, std::unique_ptr<ClientSession> session);
    // The oldest one to this host and port, whatever its address, that only other deliveries could use: who counts
    // connections to a host ends one before another is made, and so their number does not grow. Null when there is none.
    std::unique_ptr<ClientSession> take_other(const std::string& key);
    void close_all();
    std::size_t size() const { return idle_.size(); }

private:
    struct Idle {
        std::string key;
        std::unique_ptr<ClientSession> session;
        std::chrono::steady_clock::time_point until;
    };
    using Place = std::list<Idle>::iterator;
    void drop(Place which);
    void sweep();

    const Parameters& parameters_;
    std::list<Idle> idle_; // the one that ends first is first
    std::unordered_map<std::string, std::vector<Place>, TextHash, std::equal_to<>> by_key_;
    event::Timer timer_;
};

}
