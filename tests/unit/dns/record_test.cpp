#include "common/dns/record.h"

#include "name_server.h"

#include "common/dns/resolver.h"

namespace gp::dns {
namespace {

using namespace testing;

const Question question{.id = "xy", .name = "example.org", .type = Type::mx};

TEST(Record, NamesAreReadThroughPointers)
{
    const std::string packet = std::string("\3org\0", 5) + "\7example\xC0" + std::string(1, '\0') + "\2mx\xC0\5";
    std::size_t at = 15;
    const auto name = read_name(packet, at);
    ASSERT_TRUE(name) << name.error().text;
    EXPECT_EQ(*name, "mx.example.org");
    EXPECT_EQ(at, packet.size());
}

TEST(Record, NamesThatPointForwardsOrToThemselvesAreRefused)
{
    for (const std::string& packet : {std::string("\xC0\0", 2), std::string("\1a\xC0\0", 4), std::string("\xC0\2\0", 3),
                                      std::string("\xC0"), std::string("\5ab"), std::string("\x40x"), std::string("\x80x"), std::string()}) {
        std::size_t at = 0;
        EXPECT_FALSE(read_name(packet, at));
    }
    std::string loop = std::string("\1a\xC0\4\1b\xC0\0", 8);
    std::size_t at = 4;
    EXPECT_FALSE(read_name(loop, at));
}

TEST(Record, NamesOverTheLimitAreRefused)
{
    std::string packet;
    for (int n = 0; n < 5; ++n)
        packet += "\x3f" + std::string(63, 'a');
    packet += '\0';
    std::size_t at = 0;
    EXPECT_FALSE(read_name(packet, at));
    EXPECT_FALSE(encode_name(std::string(64, 'a') + ".org"));
    EXPECT_FALSE(encode_name("a..b"));
    EXPECT_TRUE(encode_name("a.b."));
}

TEST(Record, OctetsThatAreNoPartOfANameAreEscaped)
{
    const std::string packet("\7A.b\\ \n\"\0", 9);
    std::size_t at = 0;
    EXPECT_EQ(*read_name(packet, at), "a\\046b\\092\\032\\010\\034");
}

TEST(Record, PacketsHoldRecordsOfAllKinds)
{
    Reply reply;
    reply.ad = true;
    reply.answers = {
        resource("example.org", Type::mx, 60, two(10) + *encode_name("MX.example.org")),
        resource("example.org", Type::txt, 60, std::string("\3abc\2de")),
        resource("example.org", Type::srv, 60, two(1) + two(2) + two(25) + *encode_name("s.example.org")),
        resource("example.org", Type::tlsa, 60, std::string("\3\1\1", 3) + std::string(32, 'x')),
        resource("example.org", Type::soa, 60,
                 *encode_name("ns.example.org") + *encode_name("root.example.org") + std::string(16, '\0') + two(0) + two(77)),
        resource("example.org", Type::caa, 60, std::string("\0\5issueca.example", 17)),
        resource("example.org", static_cast<Type>(999), 60, "anything"),
        a_record("example.org", "2001:db8::1"),
    };
    const auto packet = read_packet(testing::packet(question, reply), 100);
    ASSERT_TRUE(packet) << packet.error().text;
    ASSERT_EQ(packet->answers.size(), 8u);
    EXPECT_TRUE(packet->authentic);
    EXPECT_EQ(packet->answers[0].as<MailExchanger>()->host, "mx.example.org");
    EXPECT_EQ(packet->answers[1].as<Text>()->joined(), "abcde");
    EXPECT_EQ(packet->answers[2].as<Service>()->port, 25);
    EXPECT_EQ(packet->answers[3].as<TlsAssociation>()->data.size(), 32u);
    EXPECT_EQ(packet->answers[4].as<Authority>()->minimum, 77u);
    EXPECT_EQ(packet->answers[5].as<CertificationAuthority>()->tag, "issue");
    EXPECT_EQ(packet->answers[6].as<Opaque>()->octets, "anything");
    EXPECT_EQ(packet->answers[7].as<HostAddress>()->address.text(), "2001:db8::1");
}

TEST(Record, EveryCutAndEveryFlippedOctetIsSurvived)
{
    Reply reply;
    reply.answers = {resource("example.org", Type::mx, 60, two(10) + *encode_name("mx.example.org")),
                     resource("example.org", Type::txt, 60, std::string("\3abc"))};
    const auto whole = testing::packet(question, reply);
    for (std::size_t size = 0; size < whole.size(); ++size)
        (void)read_packet(std::string_view(whole).substr(0, size), 100);
    for (std::size_t at = 0; at < whole.size(); ++at)
        for (const int bit : {0x01, 0x40, 0x80, 0xff}) {
            auto broken = whole;
            broken[at] = static_cast<char>(broken[at] ^ bit);
            (void)read_packet(broken, 100);
        }
}

TEST(Record, RdataOfWrongSizeIsRefused)
{
    const std::pair<Type, std::string> cases[] = {
        {Type::a, "abc"}, {Type::aaaa, "abcd"}, {Type::mx, two(1)}, {Type::mx, two(1) + *encode_name("a") + "x"},
        {Type::txt, "\5ab"}, {Type::soa, *encode_name("a") + *encode_name("b") + "x"}, {Type::srv, "123456"},
        {Type::tlsa, "123"}, {Type::caa, std::string("\0\7issue", 7)}, {Type::ptr, ""}, {Type::cname, "\3ab"}};
    for (const auto& [type, rdata] : cases)
        EXPECT_FALSE(read_rdata(type, rdata, 0, rdata.size())) << type_name(type);
}

TEST(Record, TypesHaveNames)
{
    EXPECT_EQ(*parse_type("mx"), Type::mx);
    EXPECT_EQ(*parse_type("TYPE257"), Type::caa);
    EXPECT_EQ(type_name(static_cast<Type>(300)), "TYPE300");
    EXPECT_FALSE(parse_type("TYPE65536"));
    EXPECT_FALSE(parse_type("bogus"));
}

}
}
