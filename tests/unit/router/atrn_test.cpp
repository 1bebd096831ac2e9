// Whose mail goes over a connection that is turned around: what acl_smtp_atrn says here, and nothing that smtpd brings.
#include "router/acl_policy.h"
#include "router/atrn.h"

#include "tests/unit/router/house.h"

namespace gp::router {
namespace {

struct Office final : EtrnOffice {
    Result<bool> run_queue(const std::string&, const std::string&) override { return true; }
    Result<bool> run_command(const std::string&, std::vector<std::string>) override { return true; }
    Result<BeginAtrnReply> turn_around(const BeginAtrn& question) override
    {
        domains = question.domains;
        return BeginAtrnReply{.code = 250, .text = "turned"};
    }
    std::vector<std::string> domains;
};

struct Started {
    std::string error;
    StartAtrnReply reply;
    std::vector<std::string> domains; // that qmgr is asked for
};

Started start(const std::string& statements, Ask ask, const std::string& main = "acl_smtp_atrn = words")
{
    Started started;
    House house{main + "\nbegin acl\nwords:\n" + statements};
    EXPECT_EQ(house.refused(), "");
    config::Problems problems;
    const Authenticators authenticators{house.world(), problems};
    AclPolicy policy{house.world(), authenticators, problems};
    EXPECT_FALSE(problems.has_errors()) << problems.text();
    test::run_fiber([&] {
        Office office;
        ask.origin.host_address = "192.0.2.9";
        StartAtrn question;
        question.ask = std::move(ask);
        auto reply = start_atrn(house.world(), question, [&](const Ask& asked) { return policy.ask(asked); }, &office);
        started.error = reply ? "" : reply.error().text;
        if (reply)
            started.reply = std::move(*reply);
        started.domains = office.domains;
    });
    return started;
}

Ask of_joe(std::string argument)
{
    Ask ask{.phase = Phase::atrn, .argument = std::move(argument)};
    ask.origin.authenticated_id = "joe";
    ask.state.switches = {"other"};
    return ask;
}

using Strings = std::vector<std::string>;
const std::string customers = "  accept atrn_domains = a.example : b.example\n";

TEST(Atrn, IsForDomainsThatTheAclFinds)
{
    const auto all = start(customers, of_joe(""));
    EXPECT_EQ(all.reply.code, 250u) << all.reply.log_text;
    EXPECT_EQ(all.domains, (Strings{"a.example", "b.example"}));
    EXPECT_EQ(all.reply.verdict.state.switches, Strings{"other"}) << "they are of this one command";
    EXPECT_EQ(start(customers, of_joe("b.example")).domains, Strings{"b.example"});
}

TEST(Atrn, IsJudgedHere)
{
    const auto refused = start(customers, of_joe("big.example"));
    EXPECT_EQ(refused.reply.verdict.verdict, Verdict::deny);
    EXPECT_EQ(refused.domains, Strings{});
    auto forged = of_joe("");
    forged.state.switches.push_back("atrn_domains=big.example");
    const auto brought = start("  accept\n", std::move(forged));
    EXPECT_NE(brought.error, "");
    EXPECT_EQ(brought.domains, Strings{});
    auto other = of_joe("big.example");
    other.phase = Phase::quit;
    EXPECT_NE(start("  accept\n", std::move(other)).error, "");
    EXPECT_EQ(start(customers, of_joe("a.example"), "acl_smtp_etrn = words").reply.code, 502u);
}

TEST(Atrn, IsForLoginsAndForSoManyDomains)
{
    Ask nobody{.phase = Phase::atrn, .argument = "a.example"};
    EXPECT_EQ(start(customers, std::move(nobody)).reply.code, 450u);
    std::string many;
    for (int n = 0; n < 1001; ++n)
        many += (n ? ",d" : "d") + std::to_string(n) + ".example";
    const auto bounded = start("  accept\n", of_joe(many));
    EXPECT_EQ(bounded.reply.code, 450u);
    EXPECT_EQ(bounded.domains, Strings{});
}

}
}
