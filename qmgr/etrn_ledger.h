// What ETRN has started and what has not ended: each argument once at a time (smtp_etrn_serialize), and all of it bounded.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "common/base/result.h"

namespace gp::qmgr {

class EtrnLedger {
public:
    static constexpr std::size_t most = 1000; // clients name the keys

    // `by`: the channel of the router that runs a command; ours: a queue run. False: the same is running. An empty key
    // may run as often as it is asked for.
    Result<bool> begin(const std::string& key, std::uint64_t by);
    void end(const std::string& key, std::uint64_t by);
    void gone(std::uint64_t by); // the channel, and its router with the commands that it waited for
    static constexpr std::uint64_t ours = 0;

private:
    std::multimap<std::string, std::uint64_t> running_;
};

}
