#include "common/net/cidr.h"

#include <gtest/gtest.h>

namespace gp::net {
namespace {

Address address(std::string_view text)
{
    return *Address::parse(text);
}

struct Case {
    std::string network, subject;
    bool inside;
};

TEST(Cidr, ContainsWhatItsMaskLeavesOpen)
{
    const Case cases[] = {
        {"192.0.2.0/24", "192.0.2.255", true},   {"192.0.2.0/24", "192.0.3.0", false},
        {"192.0.2.77/24", "192.0.2.1", true},    {"10.0.0.0/9", "10.127.255.255", true},
        {"10.0.0.0/9", "10.128.0.0", false},     {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "2001:db8::1", false},     {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::", false}, {"192.0.2.0/24", "::ffff:192.0.2.9", true},
        {"::/0", "::1", true},                   {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1/31", "192.0.2.0", true},     {"192.0.2.1", "192.0.2.2", false},
    };
    for (const auto& one : cases)
        EXPECT_EQ(Cidr::parse(one.network)->contains(address(one.subject)), one.inside) << one.network << " " << one.subject;
}

TEST(Cidr, RefusesMasksThatAreNone)
{
    for (const std::string text : {"1.2.3.4/33", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/8/8", "::/129", "/8", "1.2.3/24", "1.2.3.4/ 8"})
        EXPECT_FALSE(Cidr::parse(text)) << text;
}

TEST(NetworkTable, TellsTheFirstItemThatMatches)
{
    NetworkTable table;
    table.add(*Cidr::parse("10.0.0.0/8"), 5);
    table.add(*Cidr::parse("10.1.0.0/16"), 7);
    table.add(*Cidr::parse("10.2.0.0/16"), 3);
    table.add(*Cidr::parse("2001:db8::/32"), 1);
    EXPECT_EQ(table.first_match(address("10.1.2.3")), 5u);
    EXPECT_EQ(table.first_match(address("10.2.2.3")), 3u);
    EXPECT_EQ(table.first_match(address("::ffff:10.2.2.3")), 3u);
    EXPECT_EQ(table.first_match(address("2001:db8::9")), 1u);
    EXPECT_FALSE(table.contains(address("11.0.0.1")));
    EXPECT_EQ(table.size(), 4u);
}

TEST(NetworkTable, AgreesWithASearchThroughTheList)
{
    NetworkTable table;
    std::vector<Cidr> list;
    std::uint32_t state = 1;
    const auto next = [&] { return state = state * 1103515245u + 12345u; };
    for (std::uint32_t n = 0; n < 2000; ++n) {
        list.emplace_back(Address::v4(next()), 8 + next() / 65536 % 25);
        table.add(list.back(), n);
    }
    for (int n = 0; n < 2000; ++n) {
        const auto subject = Address::v4(next());
        std::optional<std::uint32_t> want;
        for (std::uint32_t at = 0; at < list.size() && !want; ++at)
            if (list[at].contains(subject))
                want = at;
        EXPECT_EQ(table.first_match(subject), want);
    }
}

}
}
