#include "smtpd/proxy_header.h"

#include <gtest/gtest.h>

namespace gp::smtpd {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

TEST(ProxyLine, NamesTheClientAndWhereItCameIn)
{
    const auto told = parse_proxy_line("PROXY TCP4 192.0.2.7 198.51.100.9 4444 25\r\n");
    ASSERT_TRUE(told && *told);
    EXPECT_EQ((*told)->source, "192.0.2.7");
    EXPECT_EQ((*told)->source_port, 4444u);
    EXPECT_EQ((*told)->destination, "198.51.100.9");
    EXPECT_EQ((*told)->destination_port, 25u);
}

TEST(ProxyLine, MayNameNobody)
{
    for (const auto line : {"PROXY UNKNOWN\r\n", "PROXY UNKNOWN what ever\r\n"}) {
        const auto told = parse_proxy_line(line);
        ASSERT_TRUE(told) << line;
        EXPECT_FALSE(*told) << line;
    }
}

TEST(ProxyLine, IsRefusedWhenItIsMalformed)
{
    for (const auto line : {"PROXY", "PROXY \r\n", "PROXY TCP4\r\n", "PROXY TCP4 1.2.3.4 1.2.3.5 1 2\n", "PROXY UNKNOWNX\r\n",
                            "PROXY TCP4 1.2.3.4 1.2.3.5 1 65536\r\n", "PROXY TCP4 1.2.3.4 1.2.3.5 -1 2\r\n",
                            "PROXY TCP4 1.2.3.4  1 2\r\n", "PROXY TCP4 [1.2.3.4] 1.2.3.5 1 2\r\n", "PROXY TCP4 ::1 ::2 1 2\r\n",
                            "PROXY TCP6 1.2.3.4 1.2.3.5 1 2\r\n", "PROXY TCP6 fe80::1%lo ::2 1 2\r\n", "PROXY UDP4 1.2.3.4 1.2.3.5 1 2\r\n",
                            "PROXY TCP4 1.2.3.4 1.2.3.5 1 2 3\r\n", "proxy TCP4 1.2.3.4 1.2.3.5 1 2\r\n"})
        EXPECT_FALSE(parse_proxy_line(line)) << line;
}

TEST(ProxyBlock, NamesTheClientOfEitherFamily)
{
    const auto v4 = parse_proxy_block(0x21, 0x11, "\xc0\0\2\7\xc6\x33\x64\x09\x11\x5c\0\x19"sv);
    ASSERT_TRUE(v4 && *v4);
    EXPECT_EQ((*v4)->source, "192.0.2.7");
    EXPECT_EQ((*v4)->source_port, 4444u);
    EXPECT_EQ((*v4)->destination, "198.51.100.9");
    EXPECT_EQ((*v4)->destination_port, 25u);
    const auto v6 = parse_proxy_block(0x21, 0x21, std::string(31, '\0') + "\1\0\1\0\2"s);
    ASSERT_TRUE(v6 && *v6);
    EXPECT_EQ((*v6)->source, "::");
    EXPECT_EQ((*v6)->destination, "::1");
    EXPECT_EQ((*v6)->destination_port, 2u);
}

TEST(ProxyBlock, MayBeOfTheProxyItself)
{
    const auto told = parse_proxy_block(0x20, 0, "");
    ASSERT_TRUE(told);
    EXPECT_FALSE(*told);
}

TEST(ProxyBlock, IsRefusedWhenItIsOfAnotherKindOrCut)
{
    const std::string addresses(12, '\1');
    EXPECT_FALSE(parse_proxy_block(0x31, 0x11, addresses));
    EXPECT_FALSE(parse_proxy_block(0x22, 0x11, addresses));
    EXPECT_FALSE(parse_proxy_block(0x21, 0x12, addresses));
    EXPECT_FALSE(parse_proxy_block(0x21, 0x31, addresses));
    EXPECT_FALSE(parse_proxy_block(0x21, 0x00, addresses));
    EXPECT_FALSE(parse_proxy_block(0x21, 0x21, addresses));
    EXPECT_FALSE(parse_proxy_block(0x21, 0x11, std::string_view(addresses).substr(1)));
}

}
}
