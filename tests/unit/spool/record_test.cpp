#include "common/spool/record.h"

#include <gtest/gtest.h>

#include "common/spool/recipient_set.h"
#include "tests/unit/spool/scratch_spool.h"

namespace gp::spool {
namespace {

RecordHeader sample()
{
    return {.type = RecordType::message,
            .flags = no_leading_dots,
            .id = test_key(1),
            .generation = 7,
            .salt = 0x0123456789abcdef,
            .sequence = 1'000'000'000'000,
            .behind = 3,
            .front_size = 100,
            .front_crc = 1,
            .tail_size = 5,
            .tail_crc = 2};
}

TEST(Record, HeaderComesBackAsItWas)
{
    std::string octets(record_header_size, 'x');
    encode_record_header(octets.data(), sample());
    const auto back = decode_record_header(octets);
    ASSERT_TRUE(back);
    EXPECT_EQ(back->id.text(), test_id(1));
    EXPECT_EQ(back->generation, 7u);
    EXPECT_EQ(back->salt, 0x0123456789abcdefu);
    EXPECT_EQ(back->durable(), 1'000'000'000'000u - 3);
    EXPECT_EQ(back->size(), 192u);
    EXPECT_EQ(octets.substr(0, 4), "GPR1");
}

TEST(Record, OneWrongBitAnywhereIsNoticed)
{
    std::string octets(record_header_size, '\0');
    encode_record_header(octets.data(), sample());
    for (std::size_t i = 0; i < octets.size() * 8; ++i) {
        auto wrong = octets;
        wrong[i / 8] = static_cast<char>(wrong[i / 8] ^ (1 << (i % 8)));
        EXPECT_FALSE(decode_record_header(wrong)) << i;
    }
}

TEST(Record, KeysOrderAsText)
{
    EXPECT_LT(*Key::parse("1rABCD-000001-00"), *Key::parse("1rABCD-000001-01"));
    EXPECT_LT(*Key::parse("1rABCD-00000000001-0000"), *Key::parse("1rABCD-000001-00"));
    EXPECT_EQ(Key::parse("1rABCD-00000000001-0000")->text(), "1rABCD-00000000001-0000");
    EXPECT_FALSE(Key::parse(""));
    EXPECT_FALSE(Key::parse("1rABCD-000001-0/"));
    EXPECT_FALSE(Key::parse("../../../../etc/"));
    EXPECT_FALSE(Key::parse("1rABCDE000001-00"));
}

TEST(RecipientSet, RunsJoinAndStaySorted)
{
    RecipientSet set;
    for (const auto n : {5u, 3u, 4u, 9u, 0xffffffffu, 0u, 4u})
        set.add(n);
    EXPECT_EQ(set.pairs(), (std::vector<std::uint32_t>{0, 0, 3, 5, 9, 9, 0xffffffff, 0xffffffff}));
    EXPECT_TRUE(set.contains(4));
    EXPECT_FALSE(set.contains(6));
    EXPECT_FALSE(set.contains(0xfffffffe));
    set.add_pairs({1, 8, 20, 10, 7});
    EXPECT_EQ(set.pairs(), (std::vector<std::uint32_t>{0, 9, 0xffffffff, 0xffffffff}));
}

}
}
