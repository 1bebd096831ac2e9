#include "qmgr/index.h"

#include <gtest/gtest.h>

namespace gp::qmgr {
namespace {

TEST(Index, ReasonsThatNoMessageHasAnyMoreMakeRoomForNewOnes)
{
    Index index;
    auto& kept = index[QueueId{"1xUlGU-TXhYBN-01"}];
    kept.reason = index.reason("kept");
    auto& entry = index[QueueId{"1xUlGU-TXhYBN-02"}];
    for (std::size_t n = 0; n < 3 * Words::limit; ++n) {
        const auto text = "reason " + std::to_string(n);
        entry.reason = index.reason(text);
        ASSERT_EQ(index.reasons.word(entry.reason), text);
    }
    EXPECT_EQ(index.reasons.word(kept.reason), "kept");
    EXPECT_EQ(index.reason("kept"), kept.reason);
}

}
}
