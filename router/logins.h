// The exchanges of AUTH that are under way: of clients that log in here, and of our own logins elsewhere.
//
// An exchange lives in the one process that began it, for a few minutes at most; whoever asks stays with that
// process. When it dies the client hears a temporary refusal and begins anew.
#pragma once

#include <chrono>
#include <map>

#include "common/base/random.h"
#include "common/event/deadline.h"
#include "router/authenticators.h"
#include "router/login_protocol.h"

namespace gp::router {

// Exchanges by number, bounded in number and age.
template <class Exchange>
class UnderWay {
public:
    struct Entry {
        std::unique_ptr<Exchange> exchange;
        const Authenticator* authenticator = nullptr;
        event::Deadline until = event::Deadline::in(Duration{0});
    };
    static constexpr std::size_t most = 10'000;
    static constexpr std::chrono::minutes longest{10};

    std::uint64_t keep(std::unique_ptr<Exchange> exchange, const Authenticator& authenticator)
    {
        while (!entries_.empty() && (entries_.begin()->second.until.expired() || entries_.size() >= most))
            entries_.erase(entries_.begin()); // the oldest
        // Half of it random: nobody guesses the number of another's exchange.
        const auto number = ++last_ << 32 | (random_number() & 0xffffffff);
        entries_.emplace(number, Entry{std::move(exchange), &authenticator, event::Deadline::in(longest)});
        return number;
    }
    // Taken out while it is at work, so that nothing can happen to it meanwhile.
    Entry take(std::uint64_t number)
    {
        auto found = entries_.find(number);
        if (found == entries_.end())
            return Entry{};
        auto entry = std::move(found->second);
        entries_.erase(found);
        return entry;
    }

private:
    std::map<std::uint64_t, Entry> entries_; // oldest first
    std::uint64_t last_ = 0;
};

class Logins {
public:
    Logins(const World& world, const Authenticators& authenticators) : world_(world), authenticators_(authenticators) {}

    AuthReply answer(const Auth& question);   // a client of ours
    LoginReply answer(const Login& question); // we are the client

private:
    std::unique_ptr<auth::ServerExchange> begin_exchange(const Auth& question, expand::Scene& scene, const Authenticator*& by) const;
    AuthReply conclude(const Auth& question, const Authenticator& by, const auth::ServerExchange& exchange,
                       const auth::Move& move, expand::Scene& scene) const;
    std::uint32_t delay_after(std::uint32_t failures) const;
    LoginReply begin_login(const Login& question, expand::Scene& scene);

    const World& world_;
    const Authenticators& authenticators_;
    UnderWay<auth::ServerExchange> servers_;
    UnderWay<auth::ClientExchange> clients_;
};

// The driver "tls", asked with EHLO: whom the certificate authenticates; empty names when nobody.
struct TlsLogin {
    std::string authenticator, id;
};
TlsLogin login_by_tls(const Authenticators& authenticators, expand::Scene& scene);

}
