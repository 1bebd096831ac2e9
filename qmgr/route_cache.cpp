#include "qmgr/route_cache.h"

namespace gp::qmgr {

std::string RouteCache::key_of(const Question& question)
{
    std::string key;
    key.reserve(question.sender.size() + question.recipient.size() + 3);
    key += question.queue_run ? 'q' : '-';
    key += question.forced ? 'f' : '-';
    key += question.sender;
    key += '\0';
    key += question.recipient;
    return key;
}

const router::RoutedRecipient* RouteCache::find(const Question& question)
{
    const auto at = by_key_.find(key_of(question));
    if (at == by_key_.end())
        return nullptr;
    if (at->second->good_until > clock_.seconds())
        return &at->second->answer;
    entries_.erase(at->second);
    by_key_.erase(at);
    return nullptr;
}

void RouteCache::keep(const Question& question, const router::RoutedRecipient& answer, std::uint32_t lifetime)
{
    if (lifetime == 0 || limit_ == 0)
        return;
    auto key = key_of(question);
    if (const auto at = by_key_.find(key); at != by_key_.end()) {
        entries_.erase(at->second);
        by_key_.erase(at);
    }
    if (entries_.size() >= limit_) {
        by_key_.erase(entries_.front().key);
        entries_.pop_front();
    }
    entries_.push_back({.key = key, .answer = answer, .good_until = clock_.seconds() + lifetime});
    by_key_.emplace(std::move(key), std::prev(entries_.end()));
}

void RouteCache::clear()
{
    by_key_.clear();
    entries_.clear();
}

}
