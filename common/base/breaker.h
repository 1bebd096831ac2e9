// Which places have failed so often in a row that they are not asked for a while: scanners, milters. A process counts for itself.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace gp {

class Breaker {
public:
    bool rests(const std::string& place, std::int64_t now) const;
    // `most` failures make it rest for `pause` seconds, and behind that one more is enough; 0 is never. True when it rests from
    // now on.
    bool failed(const std::string& place, std::int64_t now, std::uint32_t most, std::uint32_t pause);
    void succeeded(const std::string& place) { states_.erase(place); }

private:
    struct State {
        std::uint32_t failures = 0;
        std::int64_t rests_until = 0;
    };
    std::map<std::string, State, std::less<>> states_; // a thousand at most
};

}
