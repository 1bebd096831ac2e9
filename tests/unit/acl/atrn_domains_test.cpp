// The condition atrn_domains (RFC 2645).
#include "bench.h"

namespace gp::acl {
namespace {

struct Asked {
    std::string verdict;
    std::vector<std::string> switches;
};

Asked ask(const std::string& list, const std::string& argument)
{
    Bench bench;
    bench.recipient = argument;
    const auto verdict = bench.verdict("accept atrn_domains = " + list, where_atrn);
    return {verdict, bench.state.switches};
}

using Strings = std::vector<std::string>;

TEST(AtrnDomains, AreTheClientsWhenAllAreInTheList)
{
    EXPECT_EQ(ask("a.example : *.b.example", "a.example").switches, Strings{"atrn_domains=a.example"});
    EXPECT_EQ(ask("a.example : *.b.example", "A.example,x.b.example").switches, Strings{"atrn_domains=a.example,x.b.example"});
    const auto refused = ask("a.example : *.b.example", "a.example,other.example");
    EXPECT_EQ(refused.verdict.substr(0, 4), "deny");
    EXPECT_EQ(refused.switches, Strings{});
    EXPECT_EQ(ask("!a.example : *", "a.example").verdict.substr(0, 4), "deny");
}

TEST(AtrnDomains, AreThoseOfTheListWhenNoneIsNamed)
{
    EXPECT_EQ(ask("A.example : *.b.example : ^x : c.example", "").switches, Strings{"atrn_domains=a.example,c.example"});
    EXPECT_EQ(ask("*.b.example", "").verdict.substr(0, 4), "deny");
    EXPECT_EQ(ask(":", "").verdict.substr(0, 4), "deny");
}

// A statement that fails behind the condition leaves none to a later one.
TEST(AtrnDomains, AreLeftByStatementsThatHold)
{
    const auto after = [](const std::string& text) {
        Bench bench;
        bench.recipient = "a.example";
        const auto verdict = bench.verdict(text, where_atrn);
        return Asked{verdict, bench.state.switches};
    };
    const auto other = after("accept atrn_domains = a.example\n condition = no\naccept");
    EXPECT_EQ(other.verdict, "accept");
    EXPECT_EQ(other.switches, Strings{});
    EXPECT_EQ(after("warn atrn_domains = a.example\naccept").switches, Strings{"atrn_domains=a.example"});
    EXPECT_EQ(after("warn atrn_domains = a.example\ndeny condition = no\naccept").switches, Strings{"atrn_domains=a.example"});
    EXPECT_EQ(after("deny !atrn_domains = a.example\naccept").switches, Strings{});
}

TEST(AtrnDomains, HaveTheirPlace)
{
    EXPECT_EQ(Bench{}.verdict("accept atrn_domains = a.example", where_rcpt).substr(0, 5), "defer");
}

}
}
