// ${acl{…}} and the acl condition: their message, their arguments, and that they end.

#include "router/acl_calls.h"

#include "router/acl_policy.h"
#include "router/message_scene.h"
#include "tests/unit/router/house.h"

namespace gp::router {
namespace {

constexpr const char* configuration = R"(
primary_hostname = mx.example
acl_smtp_rcpt = check
begin acl
  told:
    accept message = ($acl_narg) [$acl_arg1] [$acl_arg2]
  refused:
    deny message = no $acl_arg1
  later:
    defer message = later
  silent:
    accept
  nested:
    accept message = <${acl{told}{inner}}>
  endless:
    accept message = x${acl{endless}}
  gone:
    drop
  keeps:
    accept set acl_m_seen = yes
  check:
    warn condition = ${if acl{{keeps}}}
    deny message = ${acl{told}{$local_part}} $acl_m_seen
         condition = ${if acl{{told}}}
)";

class Calls : public testing::Test {
protected:
    std::string shown(const std::string& text)
    {
        const mail::Origin origin;
        const std::vector<mail::Variable> variables;
        MessageScene message{house_.world(), origin, variables, {}};
        const auto parsed = house_.world().ground().language.parse(text);
        if (!parsed)
            return "Failed: " + parsed.error().text;
        const auto words = parsed->expand(message.scene());
        return words ? words->text : "Failed: " + words.error().text;
    }
    House house_{configuration};
};

TEST_F(Calls, GiveTheMessageOfTheAcl)
{
    ASSERT_EQ(house_.refused(), "");
    EXPECT_EQ(shown("${acl{told}}"), "(0) [] []");
    EXPECT_EQ(shown("${acl{told}{one}{two words}}"), "(2) [one] [two words]");
    EXPECT_EQ(shown("${acl{refused}{x}}"), "no x");
    EXPECT_EQ(shown("${acl{silent}}"), "");
    EXPECT_EQ(shown("${acl{nested}}"), "<(1) [inner] []>");
    EXPECT_EQ(shown("$acl_narg"), "0");
}

TEST_F(Calls, AsAConditionTheyAreTrueWhenTheAclAccepts)
{
    EXPECT_EQ(shown("${if acl{{told}{a}}{yes $value}{no}}"), "yes (1) [a] []");
    EXPECT_EQ(shown("${if acl{{refused}{a}}{yes}{no $value}}"), "no no a");
}

TEST_F(Calls, OtherOutcomesAreErrors)
{
    EXPECT_EQ(shown("${acl{later}}"), "Failed: DEFER from acl \"later\"");
    EXPECT_EQ(shown("${acl{gone}}"), "Failed: ERROR from acl \"gone\"");
    EXPECT_EQ(shown("${acl{nowhere}}"), "Failed: ERROR from acl \"nowhere\"");
}

TEST_F(Calls, AnAclThatCallsItselfEnds)
{
    const auto text = shown("${acl{endless}}");
    EXPECT_LT(text.size(), 200u);
}

// Within an ACL the text is part of it: what is set stays.
TEST_F(Calls, WithinAnAclWhatIsSetStays)
{
    config::Problems problems;
    Authenticators authenticators{house_.world(), problems};
    AclPolicy policy{house_.world(), authenticators, problems};
    ASSERT_FALSE(problems.has_errors()) << problems.text();
    Ask ask{.phase = Phase::rcpt};
    ask.argument = "someone@mx.example";
    const auto reply = policy.ask(ask);
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->verdict, Verdict::deny);
    EXPECT_EQ(reply->text, "(1) [someone] [] yes");
}

}
}
