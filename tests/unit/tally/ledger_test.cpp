#include <gtest/gtest.h>

#include "router/tally/ledger.h"
#include "tests/support/temp_dir.h"

namespace gp::tally {
namespace {

class Ledgers : public testing::Test {
protected:
    Ledgers() { clock_.set(WallTime(std::chrono::seconds(1'800'000'000))); }
    void open()
    {
        ledger_.reset();
        auto made = Ledger::open(directory_.path(), clock_);
        ASSERT_TRUE(made) << made.error().text;
        ledger_ = std::move(*made);
    }
    RateReply rate(double count, bool strict = false, bool readonly = false, std::string unique = {})
    {
        return ledger_->rate({.key = "k", .unique = std::move(unique), .period = 3'600'000, .limit = 3'000'000,
                              .count = static_cast<std::uint64_t>(count * millionths), .strict = strict, .readonly = readonly});
    }
    void pass(std::chrono::seconds time) { clock_.advance(time); }

    test::TempDir directory_;
    ManualClock clock_;
    std::unique_ptr<Ledger> ledger_;
};

TEST_F(Ledgers, AnEventThatComesAloneHasItsOwnRate)
{
    open();
    EXPECT_EQ(rate(1).rate, 1'000'000u);
    pass(std::chrono::hours(20));
    EXPECT_EQ(rate(1).rate, 1'000'000u);
}

TEST_F(Ledgers, EventsInAPeriodAddUpToTheLimit)
{
    open();
    EXPECT_FALSE(rate(1).is_over);
    EXPECT_FALSE(rate(1).is_over);
    EXPECT_TRUE(rate(1.1).is_over);
}

TEST_F(Ledgers, LeakyCountsOnlyWhatIsWithinTheLimit)
{
    open();
    for (int i = 0; i < 10; ++i)
        rate(1);
    EXPECT_LT(rate(0, false, true).rate, 3'000'000u);
    for (int i = 0; i < 10; ++i)
        rate(1, true);
    EXPECT_GT(rate(0, false, true).rate, 10'000'000u);
}

TEST_F(Ledgers, ReadingChangesNothing)
{
    open();
    rate(2);
    for (int i = 0; i < 5; ++i)
        rate(1, false, true);
    EXPECT_LT(rate(0, false, true).rate, 2'100'000u);
}

TEST_F(Ledgers, UniqueEventsCountOnceInAPeriod)
{
    open();
    for (int i = 0; i < 5; ++i)
        EXPECT_FALSE(rate(1, true, false, "a").is_over);
    rate(1, true, false, "b");
    EXPECT_TRUE(rate(1.1, true, false, "c").is_over);
}

TEST_F(Ledgers, CountsSurviveARestart)
{
    open();
    rate(2.5);
    ledger_->seen({.key = "s", .interval = 60});
    ledger_->remember({.key = "c", .value = "ok", .seconds = 100});
    open();
    EXPECT_TRUE(rate(1).is_over);
    EXPECT_TRUE(ledger_->seen({.key = "s", .interval = 60, .readonly = true}).found);
    EXPECT_EQ(ledger_->recall({.key = "c"}).value, "ok");
    pass(std::chrono::seconds(200));
    EXPECT_FALSE(ledger_->recall({.key = "c"}).found);
}

TEST_F(Ledgers, SeenBeforeWaitsForItsInterval)
{
    open();
    const Seen grey{.key = "g", .interval = 300, .refresh = 864000, .before = true};
    EXPECT_FALSE(ledger_->seen(grey).found);
    pass(std::chrono::seconds(100));
    EXPECT_FALSE(ledger_->seen(grey).found);
    pass(std::chrono::seconds(201));
    EXPECT_TRUE(ledger_->seen(grey).found);
}

TEST_F(Ledgers, SeenSinceForgetsWhatIsOld)
{
    open();
    const Seen recent{.key = "r", .interval = 60};
    EXPECT_FALSE(ledger_->seen(recent).found);
    EXPECT_TRUE(ledger_->seen(recent).found);
    pass(std::chrono::seconds(61));
    EXPECT_FALSE(ledger_->seen(recent).found);
}

}
}
