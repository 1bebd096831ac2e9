// Keeps answers for as long as they hold, within bounds, and asks a question that many wait for only once.
// Errors are not kept.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/base/text.h"
#include "common/dns/resolver.h"
#include "common/event/loop.h"

namespace gp::dns {

class CachingResolver final : public Resolver {
public:
    struct Limits {
        std::size_t entries = 20000;
        std::size_t octets = 16 * 1024 * 1024; // roughly
        std::uint32_t max_ttl = 86400;         // seconds
    };
    CachingResolver(std::unique_ptr<Resolver> source, const Limits& limits);
    ~CachingResolver() override;

    // `ttl` of an answer from the cache is what is left of it.
    Result<Answer> lookup(std::string_view name, Type type, event::Deadline until) override;

    std::size_t entries() const { return index_.size(); }
    void clear();

private:
    struct Entry {
        std::string key;
        std::shared_ptr<const Answer> answer;
        event::TimePoint expires;
        std::size_t octets;
    };
    struct Flight { // a question that is being asked, and who waits for it
        std::vector<event::Notice*> waiting;
        std::optional<Result<Answer>> result;
    };
    std::optional<Answer> cached(const std::string& key);
    void keep(const std::string& key, const Answer& answer);
    void drop_oldest();

    std::unique_ptr<Resolver> source_;
    Limits limits_;
    std::list<Entry> order_; // most recently used first
    std::unordered_map<std::string, std::list<Entry>::iterator, TextHash, std::equal_to<>> index_;
    std::unordered_map<std::string, std::shared_ptr<Flight>, TextHash, std::equal_to<>> flights_;
    std::size_t octets_ = 0;
};

}
