// Answers of router that may be given again: one recipient's routes, under sender and recipient, for as long
// as router said. Bounded; the oldest go first. Emptied when the configuration changes.
#pragma once

#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "common/base/clock.h"
#include "common/base/text.h"
#include "router/routing_protocol.h"

namespace gp::qmgr {

class RouteCache {
public:
    RouteCache(std::size_t limit, const Clock& clock) : limit_(limit), clock_(clock) {}

    struct Question {
        std::string_view sender, recipient;
        bool queue_run = false, forced = false;
    };
    // Null when there is none, or its time is over.
    const router::RoutedRecipient* find(const Question& question);
    void keep(const Question& question, const router::RoutedRecipient& answer, std::uint32_t lifetime);
    void clear();
    std::size_t size() const { return entries_.size(); }

private:
    struct Entry {
        std::string key;
        router::RoutedRecipient answer;
        std::int64_t good_until = 0;
    };
    static std::string key_of(const Question& question);

    std::size_t limit_;
    const Clock& clock_;
    std::list<Entry> entries_; // the oldest first
    std::unordered_map<std::string, std::list<Entry>::iterator, TextHash, std::equal_to<>> by_key_;
};

}
