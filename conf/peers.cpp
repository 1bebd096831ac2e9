#include "conf/peers.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/config/list.h"

namespace gp::conf {

std::vector<std::string> peers_named_in(const Configuration& configuration)
{
    std::vector<std::string> peers;
    for (const auto& router : configuration.routers) {
        if (router.driver != "iplookup")
            continue;
        const auto& settings = router.settings;
        for (const auto& host : config::split_list(settings.text("hosts"))) {
            auto peer = lower(settings.text("protocol")) + " " + host + " port " + std::to_string(settings.number("port"));
            if (!host.empty() && std::ranges::find(peers, peer) == peers.end())
                peers.push_back(std::move(peer));
        }
    }
    return peers;
}

std::vector<std::uint32_t> peer_ports(const Configuration& configuration)
{
    std::vector<std::uint32_t> ports;
    for (const auto& router : configuration.routers)
        if (router.driver == "iplookup" && lower(router.settings.text("protocol")) == "tcp")
            ports.push_back(static_cast<std::uint32_t>(router.settings.number("port")));
    return ports;
}

}
