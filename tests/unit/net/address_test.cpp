#include "common/net/address.h"

#include <gtest/gtest.h>

namespace gp::net {
namespace {

TEST(Address, PrintsWhatItParses)
{
    for (const std::string text : {"0.0.0.0", "192.0.2.1", "255.255.255.255", "::", "::1", "2001:db8::1",
                                   "::ffff:192.0.2.1", "fe80::1%7"}) {
        const auto address = Address::parse(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->text(), text);
    }
    EXPECT_EQ(Address::parse("[2001:DB8:0:0::1]")->text(), "2001:db8::1");
}

TEST(Address, RefusesWhatOnlyLooksLikeOne)
{
    for (const std::string text : {"", "1", "10.1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "0x7f.1.1.1", "1.2.3.4 ",
                                   "1.2.3.4/8", ":", ":::", "1::2::3", "2001:db8::g", "12345::", "[1.2.3.4", "fe80::1%",
                                   "fe80::1%no-such-interface", "::1%0", "1.2.3.4%1"})
        EXPECT_FALSE(Address::parse(text)) << text;
    EXPECT_FALSE(Address::parse(std::string(10000, '1')));
    EXPECT_FALSE(Address::parse(std::string_view("1.2.3.4\0", 8)));
}

TEST(Address, ReadsDomainLiterals)
{
    EXPECT_EQ(Address::parse_literal("[192.0.2.1]")->text(), "192.0.2.1");
    EXPECT_EQ(Address::parse_literal("[IPv6:::1]")->text(), "::1");
    EXPECT_EQ(Address::parse_literal("ipv6:2001:db8::1")->text(), "2001:db8::1");
    EXPECT_FALSE(Address::parse_literal("[IPv6:192.0.2.1]"));
    EXPECT_EQ(Address::parse("2001:db8::1")->literal(), "[IPv6:2001:db8::1]");
}

TEST(Address, ReversesForLists)
{
    EXPECT_EQ(Address::parse("192.0.2.1")->reversed(), "1.2.0.192");
    EXPECT_EQ(Address::parse("::1")->arpa(),
              "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.ip6.arpa");
    EXPECT_EQ(Address::parse("2001:db8::12")->full(), "2001:0db8:0000:0000:0000:0000:0000:0012");
    EXPECT_EQ(Address::parse("192.0.2.1")->full(), "0000:0000:0000:0000:0000:ffff:c000:0201");
}

TEST(Address, KnowsItsKind)
{
    EXPECT_TRUE(Address::parse("127.3.2.1")->is_loopback());
    EXPECT_TRUE(Address::parse("::1")->is_loopback());
    EXPECT_TRUE(Address::parse("::ffff:127.0.0.1")->is_loopback());
    EXPECT_FALSE(Address::parse("::2")->is_loopback());
    EXPECT_FALSE(Address::parse("128.0.0.1")->is_loopback());
    EXPECT_TRUE(Address::parse("::")->is_unspecified());
    EXPECT_EQ(Address::parse("::ffff:192.0.2.1")->unmapped().text(), "192.0.2.1");
    EXPECT_NE(*Address::parse("::ffff:0.0.0.0"), *Address::parse("0.0.0.0"));
}

struct SocketCase {
    std::string text, want;
};

TEST(SocketAddress, TakesEximsForms)
{
    const SocketCase cases[] = {
        {"192.0.2.1:26", "[192.0.2.1]:26"},       {"192.0.2.1.26", "[192.0.2.1]:26"},
        {"[192.0.2.1]:26", "[192.0.2.1]:26"},     {"[192.0.2.1].26", "[192.0.2.1]:26"},
        {"192.0.2.1", "[192.0.2.1]:25"},          {"[2001:db8::1]:26", "[2001:db8::1]:26"},
        {"2001:db8::1.26", "[2001:db8::1]:26"},   {"2001:db8::1", "[2001:db8::1]:25"},
        {"[::1]", "[::1]:25"},                    {"/run/socket", "/run/socket"},
        {"[IPv6:::1]:26", "[::1]:26"},
    };
    for (const auto& one : cases) {
        const auto got = SocketAddress::parse(one.text, 25);
        ASSERT_TRUE(got) << one.text;
        EXPECT_EQ(got->text(), one.want) << one.text;
    }
    for (const std::string text : {"", "host:25", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "[1.2.3.4]25", "[::1", "::1]:25", "1.2.3.4:1:2"})
        EXPECT_FALSE(SocketAddress::parse(text, 25)) << text;
    EXPECT_FALSE(SocketAddress::parse("/" + std::string(200, 'x')));
}

TEST(SocketAddress, GoesThroughTheKernelsFormUnchanged)
{
    for (const std::string text : {"[192.0.2.1]:26", "[2001:db8::1]:65535", "/run/socket"}) {
        const auto address = SocketAddress::parse(text);
        ASSERT_TRUE(address);
        sockaddr_storage storage;
        const auto length = address->fill(storage);
        const auto back = SocketAddress::from(reinterpret_cast<sockaddr*>(&storage), length);
        ASSERT_TRUE(back);
        EXPECT_EQ(*back, *address);
    }
}

TEST(Port, IsANumberOrAMailService)
{
    EXPECT_EQ(*parse_port("smtp"), 25);
    EXPECT_EQ(*parse_port("submissions"), 465);
    EXPECT_EQ(*parse_port(" 2525 "), 2525);
    for (const std::string text : {"", "0", "65536", "http", "-1", "25x"})
        EXPECT_FALSE(parse_port(text)) << text;
}

}
}
