#include "qmgr/index.h"

namespace gp::qmgr {

std::uint16_t Words::number(std::string_view word)
{
    if (word.empty())
        return 0;
    if (const auto at = numbers_.find(word); at != numbers_.end())
        return at->second;
    if (words_.size() >= limit)
        return 0;
    const auto number = static_cast<std::uint16_t>(words_.size());
    words_.emplace_back(word);
    numbers_.emplace(std::string(word), number);
    return number;
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
