// The options of verify (manual chapters 44.45, 44.47 and 44.49).

#include <gtest/gtest.h>

#include "common/acl/verify_options.h"

namespace gp::acl {
namespace {

using namespace std::chrono_literals;

TEST(VerifyOptions, ACalloutHasItsTimesAndWords)
{
    VerifyOptions options;
    ASSERT_TRUE(read_verify_option("callout=5s, connect=1s, maxwait=1m, defer_ok, no_cache, random, use_sender, hold", "recipient", options));
    ASSERT_TRUE(options.callout);
    EXPECT_EQ(options.callout->timeout, 5s);
    EXPECT_EQ(options.callout->connect, 1s);
    EXPECT_EQ(options.callout->maxwait, 1min);
    EXPECT_TRUE(options.callout->defer_ok && options.callout->no_cache && options.callout->random && options.callout->use_sender &&
                options.callout->hold);
    EXPECT_FALSE(options.callout->postmaster_sender);
    EXPECT_FALSE(options.defer_ok);
}

TEST(VerifyOptions, ThePostmasterIsAskedAboutInThreeWays)
{
    for (const auto& [text, sender, is_bare] : {std::tuple{"callout=postmaster", "", false}, {"callout=fullpostmaster", "", true},
                                                {"callout=postmaster,postmaster_mailfrom=a@b.example", "a@b.example", false},
                                                {"check_postmaster", "", false}}) {
        VerifyOptions options;
        ASSERT_TRUE(read_verify_option(text, "sender", options)) << text;
        EXPECT_EQ(options.callout->postmaster_sender, sender) << text;
        EXPECT_EQ(options.callout->bare_postmaster, is_bare) << text;
    }
}

TEST(VerifyOptions, AQuotaIsRememberedForAsLongAsItIsSaid)
{
    VerifyOptions options;
    ASSERT_TRUE(read_verify_option("quota", "recipient", options));
    EXPECT_EQ(options.quota->cache_good, 5min);
    EXPECT_EQ(options.quota->cache_bad, 1h);
    ASSERT_TRUE(read_verify_option("quota = cachepos=20s, cacheneg=1d", "recipient", options));
    EXPECT_EQ(options.quota->cache_good, 20s);
    EXPECT_EQ(options.quota->cache_bad, 24h);
    ASSERT_TRUE(read_verify_option("quota=no_cache", "recipient", options));
    EXPECT_EQ(options.quota->cache_good, 0s);
    EXPECT_EQ(options.quota->cache_bad, 0s);
}

TEST(VerifyOptions, WhatIsNotForThisIsRefused)
{
    VerifyOptions options;
    for (const auto& [text, what] : {std::pair{"callout=use_sender", "sender"}, {"callout=mailfrom=a@b", "sender"}, {"callout=fnord", "sender"},
                                     {"callout=connect=soon", "sender"}, {"callout", "helo"}, {"quota", "sender"}, {"quota=cachepos=soon", "recipient"},
                                     {"quota=5m", "recipient"}, {"quotas", "recipient"}})
        EXPECT_FALSE(read_verify_option(text, what, options)) << text;
    EXPECT_TRUE(read_verify_option("callout=mailfrom=a@b", "header_sender", options));
    EXPECT_TRUE(read_verify_option("defer_ok", "reverse_host_lookup", options));
    EXPECT_FALSE(read_verify_option("defer_ok", "helo", options));
}

}
}
