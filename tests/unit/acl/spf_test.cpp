// The conditions spf and spf_guess, and what they leave behind for texts (manual 58.4). The texts are those that
// Exim 4.96 has.

#include "tests/unit/acl/bench.h"

namespace gp::acl {
namespace {

constexpr std::string_view zone = R"(
pass.example TXT "v=spf1 ip4:192.0.2.0/24 -all"
fail.example TXT "v=spf1 -all"
soft.example TXT "v=spf1 ~all"
why.example  TXT "v=spf1 -all exp=text.why.example"
text.why.example TXT "%{i} is not ours"
wrong.example TXT "v=spf1 nonsense"
broken.example SERVFAIL
bare.example A 192.0.2.7
)";

std::string verdict(std::string sender, std::string_view text, Where where = where_rcpt)
{
    Bench bench{zone};
    bench.ground.origin.helo_name = "client.example";
    bench.ground.message.sender = std::move(sender);
    return bench.verdict(text, where);
}

TEST(Spf, IsAListOfResults)
{
    EXPECT_EQ(verdict("a@fail.example", "deny spf = fail : softfail\naccept"), "deny");
    EXPECT_EQ(verdict("a@soft.example", "deny spf = fail : softfail\naccept"), "deny");
    EXPECT_EQ(verdict("a@pass.example", "deny spf = fail : softfail\naccept"), "accept");
    EXPECT_EQ(verdict("a@fail.example", "deny spf = !pass\naccept"), "deny");
    EXPECT_EQ(verdict("a@pass.example", "deny !spf = pass\naccept"), "accept");
    EXPECT_EQ(verdict("a@bare.example", "deny spf = none\naccept"), "deny");
    EXPECT_EQ(verdict("a@wrong.example", "deny spf = permerror\naccept"), "deny");
    EXPECT_EQ(verdict("a@broken.example", "deny spf = err_temp\naccept"), "deny");
    EXPECT_EQ(verdict("", "deny spf = none\naccept"), "deny"); // of the HELO name
}

TEST(Spf, RefusesWordsThatAreNoResults)
{
    EXPECT_EQ(verdict("a@fail.example", "deny spf = fial\naccept"), "error: condition spf: \"fial\" is no SPF result (did you mean \"fail\"?)");
    EXPECT_EQ(verdict("a@fail.example", "deny spf = fail\naccept", where_connect).substr(0, 5), "defer");
}

TEST(Spf, ShowsWhatItFound)
{
    constexpr std::string_view shown = "warn spf = !none\ndeny message = $spf_result|$spf_result_guessed|$spf_received";
    const std::string tail = " client-ip=192.0.2.7; envelope-from=a@";
    const auto host = Bench{}.ground.site.primary_hostname;
    EXPECT_EQ(verdict("a@pass.example", shown), "deny: pass|no|Received-SPF: pass (" + host +
                                                    ": domain of pass.example designates 192.0.2.7 as permitted sender)" + tail +
                                                    "pass.example; helo=client.example;");
    EXPECT_EQ(verdict("a@soft.example", shown), "deny: softfail|no|Received-SPF: softfail (" + host +
                                                    ": transitioning domain of soft.example does not designate 192.0.2.7 as permitted sender)" +
                                                    tail + "soft.example; helo=client.example;");
    EXPECT_EQ(verdict("a@why.example", "deny spf = fail\nmessage = $spf_smtp_comment"), "deny: 192.0.2.7 is not ours");
    EXPECT_EQ(verdict("a@fail.example", "deny spf = fail\nmessage = ${authresults{mx.example}}"),
              "deny: Authentication-Results: mx.example;\n\tspf=fail smtp.mailfrom=fail.example");
}

TEST(Spf, GuessesWhereThereIsNoRecord)
{
    Bench bench{zone};
    bench.ground.message.sender = "a@bare.example";
    bench.spf_guess = "v=spf1 a/24 mx/24 ptr ?all";
    EXPECT_EQ(bench.verdict("deny spf_guess = pass\nmessage = $spf_result_guessed"), "deny: yes");
}

TEST(Spf, IsAskedOnceForAMessage)
{
    Bench bench{zone};
    bench.ground.message.sender = "a@pass.example";
    EXPECT_EQ(bench.verdict("deny spf = fail\ndeny spf = softfail\ndeny spf = none\naccept"), "accept");
    EXPECT_EQ(bench.ground.resolver.asked, 1u);
}

}
}
