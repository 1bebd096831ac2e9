// queue_only_load_latch (manual 14): when a message had to wait because of the machine's load, all that follow it on the
// same connection wait, too, however low the load is by then.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>

#include "common/base/text.h"

namespace gp::qmgr {

class LoadLatch {
public:
    static constexpr std::size_t most = 10'000; // connections that are remembered; the oldest are forgotten

    explicit LoadLatch(bool latches) : latches_(latches) {}

    // `connection` is empty for what came over none.
    bool must_wait(const std::string& connection, bool load_is_high);

private:
    const bool latches_;
    std::unordered_set<std::string, TextHash, std::equal_to<>> closed_;
    std::deque<std::string> order_;
};

}
