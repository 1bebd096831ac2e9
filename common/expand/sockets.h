// ${readsocket{…}} on a fiber of this process: for a router whose jail lets it connect to the sockets that the
// configuration names, and for the tools. TLS is not spoken here: such a request is refused.
#pragma once

#include "common/dns/resolver.h"
#include "common/expand/effects.h"

namespace gp::expand {

class FiberSockets final : public Sockets {
public:
    // Without a resolver only addresses and paths are reached.
    explicit FiberSockets(dns::Resolver* resolver, std::size_t largest_answer = 16 << 20)
        : resolver_(resolver), largest_(largest_answer)
    {
    }
    Result<std::string> ask(const SocketRequest& request) override;

private:
    dns::Resolver* resolver_;
    std::size_t largest_;
};

}
