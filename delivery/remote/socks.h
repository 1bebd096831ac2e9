// SOCKS5 (RFC 1928, RFC 1929) as a client: socks_proxy of the smtp transport (manual 59.2).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/duration.h"
#include "common/base/result.h"
#include "common/net/address.h"
#include "delivery/remote/wire.h"

namespace gp::remote {

struct SocksProxy {
    net::Address address;
    std::uint16_t port = 1080;
    bool logs_in = false; // auth=name
    std::string name, password;
    Duration timeout{5'000};
    std::uint32_t priority = 1, weight = 1;

    // The option's value: proxies between colons, each an address and name=value words.
    static Result<std::vector<SocksProxy>> parse(std::string_view option);
    // Higher priorities first; among equals by lot, by their weights. A number below its argument comes from `random`.
    static void put_in_order(std::vector<SocksProxy>& proxies, const std::function<std::uint32_t(std::uint32_t)>& random);

    // Asks the proxy at the other end of the wire to connect it to a host; its outer address.
    Result<net::SocketAddress> ask_for(const net::SocketAddress& host, Wire& wire, event::Deadline until) const;
};

}
