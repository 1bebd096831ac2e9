// TLS sessions that servers have let us resume (manual 43.17): in memory, in each process its own, and bounded. They are
// secrets of a sort, so that none is written to disk as Exim's hints are.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <string>
#include <string_view>

namespace gp::remote {

class TlsSessions {
public:
    explicit TlsSessions(std::size_t most) : most_(most) {}

    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::hours lifetime{2};     // what a session was judged by grows old: certificates, revocations
    static constexpr std::size_t most_for_one = 4;       // for one server: connections that are made at once
    static constexpr std::size_t longest_session = 32 * 1024;

    struct Session {
        std::string octets;
        Time since; // the full handshake that all of it goes back to: one that goes on makes none younger
    };
    // `key` says all that a session depends on: the server, and what was asked of it. The oldest go when there are too many.
    void keep(const std::string& key, Session session);
    // The youngest, which is then kept no more: with TLS 1.3 each is for one use, lest connections can be told to be of the
    // same client (RFC 8446 appendix C.4). No octets: none, and `since` is now.
    Session take(std::string_view key, Time now = std::chrono::steady_clock::now());
    std::size_t size() const { return kept_.size(); }

private:
    struct Kept {
        std::string key;
        Session session;
    };
    std::list<Kept> kept_; // the oldest first
    std::size_t most_;
};

}
