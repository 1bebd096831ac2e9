// Every message in the queue, as little of each as the schedule needs: a deferred one costs this entry and
// nothing else. Envelopes are fetched when their time comes.
//
// An entry is in one state. Whoever changes the state to `active` owns a Message for it until it changes
// back.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/text.h"
#include "qmgr/queue_id.h"

namespace gp::qmgr {

enum class State : std::uint8_t {
    waiting, // deferred, or queued until a run; frozen ones are here too
    fresh,   // its first attempt is due and waits for room
    due,     // a later attempt is due and waits for room
    paused,  // after a failure of our own: a timer brings it back
    active,  // a Message is being worked on
    parked,  // its destinations have long queues: comes back when they are shorter
    leased,  // an agent of an earlier life holds it: spoold tells when it ends
};

// Of a message whose account is slowed: it waits for its turn, or has had it and waits no more.
enum class AccountTurn : std::uint8_t { none, awaited, over };

struct IndexEntry {
    std::uint64_t active = 0; // number of its Message; 0: not active
    std::uint64_t size = 0;
    std::int64_t received = 0;    // microseconds
    std::int64_t next_try = 0;    // seconds; 0: at once
    std::uint32_t waits_for = 0;  // RetryBook::mark of what deferred it; 0: nothing in particular
    std::uint32_t lines = 0;      // in the message
    std::uint32_t generation = 0; // of the snapshot or notice that named it last
    std::uint16_t queue = 0;      // names and reasons are kept once: see Words
    std::uint16_t reason = 0;
    State state = State::waiting;
    std::uint8_t troubles = 0; // failures of our own in a row
    bool frozen = false;
    bool uncertain = false;      // its last delivery may have happened
    bool attempted = false;      // its first attempt is behind it, as far as we know
    bool by_null_sender = false; // known once it was active
    AccountTurn turn = AccountTurn::none;
    std::uint32_t pace = 0; // parked until this pace of its host or sender lets it come: Admission::pace_of; 0: none

    // As Exim and the log have it: lines end with one octet.
    std::uint64_t shown_size() const { return size - std::min<std::uint64_t>(size, lines); }
};

// Texts that many entries share, by a small number; 0 is the empty one and also stands for those beyond the
// limit.
class Words {
public:
    static constexpr std::size_t limit = 4096;
    std::uint16_t number(std::string_view word);
    std::string_view word(std::uint16_t number) const { return words_[number]; }
    bool any() const { return words_.size() > 1; } // beside the empty one
    bool is_full() const { return words_.size() >= limit && free_.empty(); }
    // All numbers but these are for other words from now on; false: there are none.
    bool keep_only(const std::vector<bool>& used);

private:
    std::vector<std::string> words_{std::string{}};
    std::vector<std::uint16_t> free_;
    std::unordered_map<std::string, std::uint16_t, TextHash, std::equal_to<>> numbers_;
};

class Index {
public:
    using Map = std::map<QueueId, IndexEntry>;

    IndexEntry* find(const QueueId& id);
    const IndexEntry* find(const QueueId& id) const;
    IndexEntry& operator[](const QueueId& id) { return entries_[id]; }
    void erase(const QueueId& id) { entries_.erase(id); }
    Map::iterator erase(Map::iterator at) { return entries_.erase(at); }
    Map::iterator at(const QueueId& id) { return entries_.find(id); }
    Map::iterator after(const QueueId& id) { return entries_.upper_bound(id); }
    Map::iterator end() { return entries_.end(); }
    std::size_t size() const { return entries_.size(); }

    // Forgets entries that are not active and of an older generation: the spool does not have them.
    std::size_t forget_before(std::uint32_t generation, const std::function<void(const QueueId&)>& told);

    // The number of a reason; those that no message has any more make room for new ones.
    std::uint16_t reason(std::string_view text);

    Words queues, reasons;

private:
    std::size_t until_sweep_ = 0; // reasons to come before the next look at all entries
    Map entries_;
};

}
