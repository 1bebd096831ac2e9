#include "conf/log_selector.h"

#include <gtest/gtest.h>

namespace gp::conf {
namespace {

TEST(LogSelector, BeginsWithTheDefaults)
{
    const auto selector = LogSelector::parse("");
    ASSERT_TRUE(selector);
    EXPECT_TRUE(selector->has("tls_cipher"));
    EXPECT_FALSE(selector->has("pid"));
}

TEST(LogSelector, AddsAndTakesAway)
{
    const auto selector = LogSelector::parse("+pid -tls_cipher  + subject");
    ASSERT_TRUE(selector) << selector.error().text;
    EXPECT_TRUE(selector->has("pid"));
    EXPECT_TRUE(selector->has("subject"));
    EXPECT_FALSE(selector->has("tls_cipher"));
    EXPECT_TRUE(LogSelector::parse("+all")->has("millisec"));
    EXPECT_FALSE(LogSelector::parse("-all")->has("tls_cipher"));
    EXPECT_TRUE(LogSelector::parse("-all +pid")->has("pid"));
    // What is off already may be switched off, wherever it stands in the alphabet.
    for (const auto word : LogSelector::known())
        EXPECT_FALSE(LogSelector::parse("-" + std::string(word))->has(word)) << word;
}

TEST(LogSelector, NamesTheNearestWord)
{
    const auto selector = LogSelector::parse("+subjekt");
    ASSERT_FALSE(selector);
    EXPECT_NE(selector.error().text.find("did you mean \"subject\"?"), std::string::npos)
        << selector.error().text;
    EXPECT_FALSE(LogSelector::parse("subject"));
}

}
}
