#include "tests/unit/acl/bench.h"

namespace gp::acl {
namespace {

constexpr std::string_view zone = R"(
7.2.0.192.black.example A 127.0.0.2
7.2.0.192.black.example TXT "listed for a reason"
7.2.0.192.bits.example A 127.0.0.6
7.2.0.192.two.example A 127.0.0.2
7.2.0.192.two.example A 127.0.0.4
7.2.0.192.odd.example A 10.0.0.1
evil.example.names.example A 127.0.0.9
7.2.0.192.text.example A 127.0.0.8
)";

struct Case {
    std::string_view name, list;
    bool listed;
};

class DnsLists : public testing::TestWithParam<Case> {};

TEST_P(DnsLists, MatchAsTheManualSays)
{
    Bench bench{zone};
    const auto text = "deny dnslists = " + std::string(GetParam().list) + "\naccept";
    EXPECT_EQ(bench.verdict(text), GetParam().listed ? "deny" : "accept");
}

INSTANTIATE_TEST_SUITE_P(, DnsLists,
    testing::Values(Case{"Listed", "black.example", true}, Case{"NotListed", "white.example", false},
                    Case{"Second", "white.example : black.example", true},
                    Case{"Value", "black.example=127.0.0.2", true}, Case{"OtherValue", "black.example=127.0.0.3", false},
                    Case{"OneOfValues", "black.example=127.0.0.3,127.0.0.2", true},
                    Case{"NotValue", "black.example!=127.0.0.3", true}, Case{"NotThatValue", "black.example!=127.0.0.2", false},
                    Case{"Bits", "bits.example&0.0.0.2", true}, Case{"NoSuchBits", "bits.example&0.0.0.8", false},
                    Case{"NotBits", "bits.example!&0.0.0.8", true},
                    Case{"Any", "two.example=127.0.0.2", true}, Case{"All", "two.example==127.0.0.2", false},
                    Case{"AllOfBoth", "two.example==127.0.0.2,127.0.0.4", true},
                    Case{"NotAll", "two.example!==127.0.0.2", true}, Case{"AllBits", "two.example=&0.0.0.2", false},
                    Case{"OutsideLoopback", "odd.example", false},
                    Case{"Keyed", "names.example/evil.example", true}, Case{"KeyedNot", "names.example/good.example", false},
                    Case{"Keys", "names.example/<|good.example|evil.example", true},
                    Case{"AddressKey", "black.example/192.0.2.7", true},
                    Case{"TwoLists", "text.example,black.example=127.0.0.2", true},
                    Case{"TwoListsFirstNot", "text.example,white.example", false}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(DnsListVariables, TellWhatMatched)
{
    Bench bench{zone};
    EXPECT_EQ(bench.verdict("deny dnslists = black.example\nmessage = $dnslist_domain $dnslist_matched $dnslist_value $dnslist_text"),
              "deny: black.example 192.0.2.7 127.0.0.2 listed for a reason");
}

TEST(DnsListTexts, AreCheckedWhenTheyAreRead)
{
    for (auto text : {"deny dnslists = black.example=x", "deny dnslists = =127.0.0.1", "deny dnslists = a.example!127.0.0.1"}) {
        Bench bench;
        EXPECT_NE(bench.add(text), "") << text;
    }
}

}
}
