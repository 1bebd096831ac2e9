#include "qmgr/serial_hosts.h"

#include <algorithm>

#include "qmgr/grouping.h"

namespace gp::qmgr {

std::optional<std::vector<std::string>> SerialHosts::take(delivery::Deliver& request)
{
    auto& instruction = request.instruction;
    const auto list = option_of(instruction, "serialize_hosts"); // router made addresses of it
    if (list.empty())
        return std::vector<std::string>{};
    const auto listed = split(list, ' ');
    std::vector<std::string> mine;
    std::size_t usable = 0, busy = 0;
    const auto look_at = [&](const router::Host& host, const std::string& address) {
        const auto place = address + ":" + std::to_string(port_of(instruction, host));
        if (std::ranges::find(request.hosts_to_skip, place) != request.hosts_to_skip.end())
            return;
        const bool is_serial = std::ranges::find(listed, address) != listed.end();
        if (is_serial && taken_.contains(address)) {
            request.hosts_to_skip.push_back(place);
            ++busy;
            return;
        }
        ++usable;
        if (is_serial && std::ranges::find(mine, address) == mine.end())
            mine.push_back(address);
    };
    for (const auto* hosts : {&instruction.hosts, &instruction.fallback_hosts})
        for (const auto& host : *hosts)
            for (const auto& address : host.addresses)
                look_at(host, address);
    if (busy > 0 && usable == 0)
        return std::nullopt;
    taken_.insert(mine.begin(), mine.end());
    if (!mine.empty())
        instruction.connection_max_messages = 1; // a connection that is kept open would be a second one soon
    return mine;
}

void SerialHosts::give_back(const std::vector<std::string>& addresses)
{
    for (const auto& address : addresses)
        taken_.erase(address);
}

}
