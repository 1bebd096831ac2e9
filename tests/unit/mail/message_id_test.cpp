#include "common/mail/message_id.h"

#include <gtest/gtest.h>

#include <set>

namespace gp::mail {
namespace {

TEST(MessageId, HasEximsClassicFormAndTellsItsTime)
{
    ManualClock clock;
    MessageIdGenerator generator{clock};
    const auto id = generator.next();
    EXPECT_EQ(id.size(), 16u);
    EXPECT_TRUE(is_message_id(id)) << id;
    EXPECT_EQ(*message_id_time(id), clock.seconds());
}

TEST(MessageId, IsNeverGivenTwiceEvenWhenTheClockGoesBack)
{
    ManualClock clock;
    MessageIdGenerator generator{clock};
    std::set<std::string> seen;
    for (int round = 0; round < 4; ++round) {
        for (int i = 0; i < 10'000; ++i)
            EXPECT_TRUE(seen.insert(generator.next()).second);
        clock.advance(std::chrono::seconds(round == 1 ? -1 : 1));
    }
}

TEST(MessageId, SortInTheOrderInWhichTheyWereMadeByAnyProcess)
{
    ManualClock clock;
    MessageIdGenerator one{clock}, other{clock};
    std::string last = one.next();
    for (int i = 0; i < 100; ++i) {
        clock.advance(std::chrono::microseconds(50'001));
        const auto next = (i % 2 ? one : other).next();
        EXPECT_LT(last, next);
        last = next;
    }
}

TEST(MessageId, KnowsBothForms)
{
    EXPECT_TRUE(is_message_id("16IOWa-00019l-00"));
    EXPECT_TRUE(is_message_id("1rNl2d-00000005SfR-2oWC"));
    for (std::string_view text : {"", "16IOWa-00019l-0", "16IOWa_00019l-00", "16IOWa-00019l-0/", "16IOWa-00019l-000"})
        EXPECT_FALSE(is_message_id(text)) << text;
}

}
}
