// ratelimit and seen: how their arguments are read, and what is counted once.

#include "tests/unit/acl/bench.h"

namespace gp::acl {
namespace {

TEST(RateLimit, CountsAndCompares)
{
    Bench bench;
    const auto text = "deny ratelimit = 2 / 1h / per_cmd / key$sender_host_address\nmessage = $sender_rate/$sender_rate_limit/$sender_rate_period\naccept";
    EXPECT_EQ(bench.verdict(text), "accept");
    EXPECT_EQ(bench.verdict(text), "deny: 2.0/2/1h");
    EXPECT_EQ(bench.counts.asked.back().key, "1h/per_cmd/key192.0.2.7");
}

TEST(RateLimit, OfAMessageOrAConnectionIsCountedOnce)
{
    Bench bench;
    const auto text = "deny ratelimit = 10 / 1h / per_conn\nwarn ratelimit = 10 / 1h\naccept";
    EXPECT_EQ(bench.verdict(text), "accept");
    EXPECT_EQ(bench.verdict(text), "accept");
    EXPECT_EQ(bench.counts.asked.size(), 2u);
    ASSERT_EQ(bench.state.rates.size(), 2u);
    EXPECT_TRUE(bench.state.rates[0].of_connection);
    EXPECT_FALSE(bench.state.rates[1].of_connection);
}

TEST(RateLimit, ReadsEveryOption)
{
    Bench bench;
    bench.ground.message.size = 5000;
    EXPECT_EQ(bench.verdict("accept ratelimit = 1.5k / 10m / per_byte / strict / a/b"), "accept");
    EXPECT_EQ(bench.counts.asked.back().count, 5000);
    EXPECT_EQ(bench.counts.asked.back().limit, 1536);
    EXPECT_TRUE(bench.counts.asked.back().strict);
    EXPECT_EQ(bench.counts.asked.back().key, "10m/per_byte/a/b");
    bench.verdict("accept ratelimit = 1 / 1d / per_addr / readonly");
    EXPECT_EQ(bench.counts.asked.back().unique, "Joe@there.example");
    EXPECT_TRUE(bench.counts.asked.back().readonly);
    bench.verdict("accept ratelimit = 1 / 1d / per_rcpt / leaky / count=3 / unique=$sender_address / k");
    EXPECT_EQ(bench.counts.asked.back().count, 3);
    EXPECT_EQ(bench.counts.asked.back().unique, "root@myhost.test.ex");
}

TEST(RateLimit, RefusesWhatIsNoLimitWhenItIsRead)
{
    for (auto text : {"accept ratelimit = x / 1h", "accept ratelimit = 10", "accept ratelimit = 10 / soon",
                      "accept ratelimit = 10 / 1h / strict / leaky"}) {
        Bench bench;
        EXPECT_NE(bench.add(text), "") << text;
    }
    Bench bench;
    EXPECT_EQ(bench.verdict("accept ratelimit = 1 / 1h / per_rcpt / strict", where_connect), "defer");
}

TEST(Seen, AsksWithItsOptions)
{
    Bench bench;
    const auto text = "accept seen = -5m / key=${sender_host_address}_$local_part / refresh=1d\ndefer message = grey";
    EXPECT_EQ(bench.verdict(text), "defer: grey");
    EXPECT_EQ(bench.verdict(text), "accept");
    const auto& asked = bench.counts.seen_asked.back();
    EXPECT_TRUE(asked.before);
    EXPECT_EQ(asked.interval, 300u);
    EXPECT_EQ(asked.refresh, 86400u);
    EXPECT_EQ(asked.key, "192.0.2.7_joe");
    EXPECT_NE(bench.add("accept seen = 5m / nonsense"), "");
}

}

// Manual 44.41: where it cannot be measured, a rate is only read; the manual's own example asks so in acl_smtp_connect.
TEST(RateLimit, IsReadWhereItCannotBeMeasured)
{
    Bench bench;
    bench.verdict("deny ratelimit = 100 / 5m / readonly\naccept", where_connect);
    bench.verdict("deny ratelimit = 100 / 5m / PER_RCPT\naccept", where_connect);
    bench.verdict("warn ratelimit = 100 / 5m / strict\naccept", where_mail);
    ASSERT_EQ(bench.counts.asked.size(), 3u);
    EXPECT_TRUE(bench.counts.asked[0].readonly);
    EXPECT_TRUE(bench.counts.asked[1].readonly);
    EXPECT_FALSE(bench.counts.asked[2].readonly);
    EXPECT_EQ(bench.counts.asked[0].key, bench.counts.asked[2].key);

    Bench other; // what is not named is the rate of messages, and counts
    other.verdict("deny ratelimit = 100 / 5m\naccept", where_helo);
    EXPECT_FALSE(other.counts.asked.at(0).readonly);
    EXPECT_EQ(other.counts.asked.at(0).key, bench.counts.asked[2].key);
}

}
