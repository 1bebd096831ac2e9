// Retry hints have one owner: the suite's qmgr. A guest's qmgr (a suite of one command on the same spool) reads them
// from it when it starts, and tells it of what it learns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/ipc/message.h"

namespace gp::qmgr {

struct Hint {
    std::string key, value; // a hints::RetryRecord, encoded; empty: it is no more
    static void fields(auto& self, auto&& field)
    {
        field("key", self.key);
        field("value", self.value);
    }
};
struct HintsPage {
    std::vector<Hint> hints; // in order of key
    bool more = false;
    static void fields(auto& self, auto&& field)
    {
        field("hints", self.hints);
        field("more", self.more);
    }
};
struct ReadHints {
    static constexpr std::string_view name = "read_hints";
    static constexpr std::size_t max_size = 4 * 1024 * 1024;
    static constexpr std::uint32_t most_at_once = 500;
    using Reply = HintsPage;
    std::string after;
    static void fields(auto& self, auto&& field) { field("after", self.after); }
};
struct KeepHint {
    static constexpr std::string_view name = "keep_hint";
    Hint hint;
    static void fields(auto& self, auto&& field) { field("hint", self.hint); }
};

}
