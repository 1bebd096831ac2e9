// What tally is asked: rates, first and last times, and what was learnt by callouts. router asks; every answer is
// given from memory or a Berkeley DB page, so that a deadline of seconds is plenty.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gp::tally {

inline constexpr std::size_t longest_key = 1000;   // longer ones are cut to their digest by the asker
inline constexpr std::size_t longest_value = 2000;
inline constexpr double millionths = 1e6;

// Rates and limits travel in millionths, so that no floating-point number is on the wire.
struct RateReply {
    std::uint64_t rate = 0;
    bool is_over = false; // the rate has reached the limit
    static void fields(auto& self, auto&& field)
    {
        field("rate", self.rate);
        field("is_over", self.is_over);
    }
};

// "How often, and is that too often?" The condition ratelimit (manual 44.36): counts the event, unless it only reads.
struct Rate {
    static constexpr std::string_view name = "rate";
    using Reply = RateReply;
    std::string key;
    std::string unique;        // events with the same text count once in a period; empty: all count
    std::uint64_t period = 0;  // milliseconds
    std::uint64_t limit = 0;   // millionths
    std::uint64_t count = 0;   // millionths
    bool strict = false;       // counted even when it is over the limit
    bool readonly = false;
    static void fields(auto& self, auto&& field)
    {
        field("key", self.key);
        field("unique", self.unique);
        field("period", self.period);
        field("limit", self.limit);
        field("count", self.count);
        field("strict", self.strict);
        field("readonly", self.readonly);
    }
};

struct SeenReply {
    bool found = false;
    static void fields(auto& self, auto&& field) { field("found", self.found); }
};

// "Has this been seen before?" The condition seen (manual 44.37).
struct Seen {
    static constexpr std::string_view name = "seen";
    using Reply = SeenReply;
    std::string key;
    std::uint64_t interval = 0; // seconds before now
    std::uint64_t refresh = 0;  // seconds; an older record that was found gets a new time
    bool before = false;        // found when it is older than the interval, not younger
    bool readonly = false;
    bool write = false;
    static void fields(auto& self, auto&& field)
    {
        field("key", self.key);
        field("interval", self.interval);
        field("refresh", self.refresh);
        field("before", self.before);
        field("readonly", self.readonly);
        field("write", self.write);
    }
};

// What was learnt by a callout, for a time.
struct RecallReply {
    bool found = false;
    std::string value;
    static void fields(auto& self, auto&& field)
    {
        field("found", self.found);
        field("value", self.value);
    }
};
struct Recall {
    static constexpr std::string_view name = "recall";
    static constexpr bool repeatable = true;
    using Reply = RecallReply;
    std::string key;
    static void fields(auto& self, auto&& field) { field("key", self.key); }
};
struct Remember {
    static constexpr std::string_view name = "remember";
    std::string key, value;
    std::uint64_t seconds = 0;
    static void fields(auto& self, auto&& field)
    {
        field("key", self.key);
        field("value", self.value);
        field("seconds", self.seconds);
    }
};

}
