// Asks recursive servers over UDP, and TCP when an answer was cut, and believes their AD bit.
//
// Each question has a socket of its own, so a random port as well as a random id, and only an answer from the
// asked address with that id and that question counts (RFC 5452 section 9.1). Keeps nothing: see CachingResolver.
#pragma once

#include <string>
#include <vector>

#include "common/dns/resolver.h"
#include "common/dns/settings.h"
#include "common/event/loop.h"

namespace gp::dns {

class StubResolver final : public Resolver {
public:
    static Result<std::unique_ptr<StubResolver>> make(const ResolverSettings& settings, const AnswerLimits& limits = {});
    Result<Answer> lookup(std::string_view name, Type type, event::Deadline until) override;

private:
    StubResolver(const ResolverSettings& settings, const AnswerLimits& limits, std::vector<net::SocketAddress> servers);
    Result<Packet> ask_all(const std::string& name, Type type, event::Deadline until);
    Result<Packet> ask(const net::SocketAddress& server, const std::string& name, Type type, event::Deadline until,
                       bool edns0);
    Result<std::string> over_udp(const net::SocketAddress& server, std::string_view query, event::Deadline until);
    Result<std::string> over_tcp(const net::SocketAddress& server, std::string_view query, event::Deadline until);

    ResolverSettings settings_;
    AnswerLimits limits_;
    std::vector<net::SocketAddress> servers_;
    std::size_t first_ = 0; // the server that answered last
    event::Gate gate_;
};

}
