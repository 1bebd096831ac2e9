#include "common/spool/recipient_set.h"

#include <algorithm>

namespace gp::spool {

void RecipientSet::add(std::uint32_t recipient)
{
    add_run(recipient, recipient);
}

void RecipientSet::add_run(std::uint32_t first, std::uint32_t last)
{
    // The first run that touches or follows the new one; sums are 64 bits wide for the last index of all.
    const auto ends_before = [](const auto& run, std::uint64_t start) { return std::uint64_t{run.second} + 1 < start; };
    const auto from = std::lower_bound(runs_.begin(), runs_.end(), std::uint64_t{first}, ends_before);
    auto to = from;
    while (to != runs_.end() && to->first <= std::uint64_t{last} + 1) {
        first = std::min(first, to->first);
        last = std::max(last, to->second);
        ++to;
    }
    if (from == to) {
        runs_.insert(from, {first, last});
        return;
    }
    *from = {first, last};
    runs_.erase(from + 1, to);
}

bool RecipientSet::contains(std::uint32_t recipient) const
{
    const auto at = std::ranges::lower_bound(runs_, recipient, {}, [](const auto& run) { return run.second; });
    return at != runs_.end() && at->first <= recipient;
}

std::vector<std::uint32_t> RecipientSet::pairs() const
{
    std::vector<std::uint32_t> out;
    out.reserve(2 * runs_.size());
    for (const auto& [first, last] : runs_) {
        out.push_back(first);
        out.push_back(last);
    }
    return out;
}

void RecipientSet::add_pairs(const std::vector<std::uint32_t>& pairs)
{
    for (std::size_t i = 0; i + 1 < pairs.size(); i += 2)
        if (pairs[i] <= pairs[i + 1])
            add_run(pairs[i], pairs[i + 1]);
}

}
