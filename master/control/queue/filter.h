// Which messages a queue command is about: by age, size, addresses, hosts, state and named queue. All that is
// given must hold.
//
//     --older 2h  --younger 10m  --larger 1M  --smaller 10K  --sender TEXT  --recipient TEXT  --host NAME
//     --state new|waiting|deferred|active|frozen  --frozen  --queue NAME  --all
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "qmgr/protocol.h"

namespace gp::control {

struct Filter {
    std::optional<std::int64_t> older, younger;   // seconds
    std::optional<std::uint64_t> larger, smaller; // octets
    std::string sender;    // a part of it, in any case; "<>": the null sender
    std::string recipient; // a part of one that is not done
    std::string host;      // the domain of a recipient that is not done, or one above; or a part of the last reason
    std::string state;
    std::optional<std::string> queue;
    bool all = false;

    // Takes its options out of `words`; what begins with -- and is not known stays.
    static Result<Filter> take(std::vector<std::string>& words);
    bool is_empty() const;
    bool matches(const qmgr::Listed& message, std::int64_t now) const;
};

}
