#include "qmgr/index.h"

namespace gp::qmgr {

std::uint16_t Words::number(std::string_view word)
{
    if (word.empty())
        return 0;
    if (const auto at = numbers_.find(word); at != numbers_.end())
        return at->second;
    if (is_full())
        return 0;
    auto number = static_cast<std::uint16_t>(words_.size());
    if (free_.empty()) {
        words_.emplace_back(word);
    } else {
        number = free_.back();
        free_.pop_back();
        words_[number] = word;
    }
    numbers_.emplace(std::string(word), number);
    return number;
}

bool Words::keep_only(const std::vector<bool>& used)
{
    for (std::uint16_t number = 1; number < words_.size(); ++number) {
        if (used[number] || words_[number].empty())
            continue;
        numbers_.erase(words_[number]);
        words_[number] = std::string{};
        free_.push_back(number);
    }
    return !free_.empty();
}

std::uint16_t Index::reason(std::string_view text)
{
    if (const auto known = reasons.number(text); known != 0 || text.empty())
        return known;
    // Full. A look at all of a long queue must not come with each reason.
    if (until_sweep_ > 0 && --until_sweep_ > 0)
        return 0;
    until_sweep_ = entries_.size() / 8;
    std::vector<bool> used(Words::limit);
    for (const auto& [id, entry] : entries_)
        used[entry.reason] = true;
    return reasons.keep_only(used) ? reasons.number(text) : std::uint16_t{0};
}

IndexEntry* Index::find(const QueueId& id)
{
    const auto at = entries_.find(id);
    return at == entries_.end() ? nullptr : &at->second;
}

const IndexEntry* Index::find(const QueueId& id) const
{
    const auto at = entries_.find(id);
    return at == entries_.end() ? nullptr : &at->second;
}

std::size_t Index::forget_before(std::uint32_t generation, const std::function<void(const QueueId&)>& told)
{
    std::size_t forgotten = 0;
    for (auto at = entries_.begin(); at != entries_.end();) {
        if (at->second.state == State::active || at->second.generation >= generation) {
            ++at;
            continue;
        }
        told(at->first);
        at = entries_.erase(at);
        ++forgotten;
    }
    return forgotten;
}

}
