// serialize_hosts (manual 30.4): of the hosts that an smtp transport lists there each has one connection at a time.
// A delivery takes all those that it may come to; what another one has taken it does without.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "common/base/text.h"
#include "delivery/protocol.h"

namespace gp::qmgr {

class SerialHosts {
public:
    // Adds to hosts_to_skip what is taken, and gives the addresses that are taken by this. Nothing when no host is left.
    std::optional<std::vector<std::string>> take(delivery::Deliver& request);
    void give_back(const std::vector<std::string>& addresses);

private:
    std::unordered_set<std::string, TextHash, std::equal_to<>> taken_;
};

}
