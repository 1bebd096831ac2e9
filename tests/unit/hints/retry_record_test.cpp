#include "common/hints/retry_record.h"

#include <gtest/gtest.h>

#include <random>

namespace gp::hints {
namespace {

RetryRecord sample()
{
    return {.first_failed = 1'700'000'000,
            .last_try = 1'700'000'900,
            .next_try = 1'700'001'800,
            .expired = true,
            .error_number = -44,
            .error_name = "rcpt_451",
            .text = "SMTP error from remote mail server after RCPT TO:<a@b.example>: 451 later"};
}

TEST(RetryRecord, ComesBackAsItWas)
{
    auto back = decode_retry_record(encode(sample()));
    ASSERT_TRUE(back) << back.error().text;
    EXPECT_EQ(*back, sample());
}

TEST(RetryRecord, IsCutToItsBounds)
{
    auto record = sample();
    record.text = std::string(10000, 't');
    record.error_name = std::string(1000, 'n');
    auto back = decode_retry_record(encode(record));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->text.size(), max_retry_text);
    EXPECT_EQ(back->error_name.size(), max_error_name);
}

TEST(RetryRecord, RefusesEveryShorterOrLongerForm)
{
    const auto good = encode(sample());
    for (std::size_t size = 0; size < good.size(); ++size)
        EXPECT_FALSE(decode_retry_record(std::string_view(good).substr(0, size))) << size;
    EXPECT_FALSE(decode_retry_record(good + "x"));
}

TEST(RetryRecord, IsNeverBelievedBlindly)
{
    std::mt19937 random{3};
    const auto good = encode(sample());
    for (int round = 0; round < 20000; ++round) {
        auto bad = good;
        for (int i = 0; i < 3; ++i)
            bad[random() % bad.size()] = static_cast<char>(random());
        if (auto record = decode_retry_record(bad)) {
            EXPECT_LE(record->text.size(), max_retry_text);
            EXPECT_GE(record->next_try, 0);
        }
    }
}

}
}
