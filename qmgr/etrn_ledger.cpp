#include "qmgr/etrn_ledger.h"

#include <algorithm>

namespace gp::qmgr {

Result<bool> EtrnLedger::begin(const std::string& key, std::uint64_t by)
{
    if (!key.empty() && running_.contains(key))
        return false;
    if (running_.size() >= most)
        return temporary("too many ETRN commands are in work");
    running_.emplace(key, by);
    return true;
}

void EtrnLedger::end(const std::string& key, std::uint64_t by)
{
    const auto [first, last] = running_.equal_range(key);
    if (const auto at = std::find_if(first, last, [&](const auto& one) { return one.second == by; }); at != last)
        running_.erase(at);
}

void EtrnLedger::gone(std::uint64_t by)
{
    std::erase_if(running_, [&](const auto& one) { return one.second == by; });
}

}
