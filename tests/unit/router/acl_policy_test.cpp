// What a client hears where an ACL is missing, empty or accepts: manual chapter 44.2. Replies as real Exim gives
// them for the same configuration.
#include "router/acl_policy.h"
#include "router/message_scene.h"

#include "tests/unit/router/house.h"

namespace gp::router {
namespace {

const std::string routers = R"(
open:
  accept message = 250 open
echo:
  deny message = $smtp_command|$smtp_command_argument|$local_part|$smtp_command_history
begin routers
names:
  driver = redirect
  domains = test.ex
  allow_fail
  allow_defer
  data = ${extract{$local_part}{list="u1, u2@other.ex, nosuch" one=u1 bad=nosuch fail=":fail: gone away" \
                                def=":defer: later please" void=:blackhole:}}
slow:
  driver = accept
  domains = ${if eq{$domain}{slow.ex}{lsearch;/no/such/file}}
  transport = file
boxes:
  driver = accept
  domains = test.ex
  local_parts = u1 : u3
  transport = file
)";

AskReply asked(const std::string& main, Phase phase, const std::string& argument, const std::string& command = {},
               const std::string& statement = "accept")
{
    House house{"qualify_domain = test.ex\n" + main + "\nbegin acl\nwords:\n  " + statement + routers};
    EXPECT_EQ(house.refused(), "");
    config::Problems problems;
    const Authenticators authenticators{house.world(), problems};
    AclPolicy policy{house.world(), authenticators, problems};
    EXPECT_FALSE(problems.has_errors()) << problems.text();
    AskReply reply;
    test::run_fiber([&] {
        Ask ask{.phase = phase};
        ask.origin.host_address = "192.0.2.9";
        ask.argument = argument;
        ask.command = command;
        ask.command_history = "EHLO,MAIL";
        auto answer = policy.ask(ask);
        ASSERT_TRUE(answer) << answer.error().text;
        reply = *answer;
    });
    return reply;
}

Verdict verdict(const std::string& main, Phase phase)
{
    return asked(main, phase, "u1@test.ex").verdict;
}

// Exim's default text for a deferral is smtpd's to say; the administrator's own words are heard.
TEST(AclPolicy, ARecipientThatCannotBeVerifiedNowIsNoReasonToTellWhy)
{
    const auto text = [](const std::string& main, const std::string& recipient) {
        return asked("acl_smtp_rcpt = words\n" + main, Phase::rcpt, recipient, {}, "accept verify = recipient").text;
    };
    EXPECT_EQ(text("", "def@test.ex"), "later please");
    EXPECT_EQ(text("", "broken@slow.ex"), text("", "other@slow.ex"));
    EXPECT_EQ(text("", "broken@slow.ex").find("verify"), std::string::npos);
    EXPECT_NE(text("smtp_return_error_details\n", "broken@slow.ex").find("domains check lookup or other defer"), std::string::npos);
}

// As Exim 4.96 counts: a line end once, the blank line too, and the Received: header of this reception not yet.
TEST(AclPolicy, AMessageIsMeasuredAsEximMeasuresIt)
{
    const MessageFacts facts{.headers = "Received: from x\r\n\tby y\r\nSubject: x\r\n", .size = 37 + 12, .body_lines = 4, .is_received = true};
    House house{"qualify_domain = test.ex\n" + routers.substr(routers.find("begin routers"))};
    ASSERT_EQ(house.refused(), "");
    const mail::Origin origin;
    const std::vector<mail::Variable> none;
    MessageScene judged{house.world(), origin, none, facts};
    EXPECT_EQ(judged.message().size, 20);
    EXPECT_EQ(judged.message().body_size, 8);
    EXPECT_EQ(judged.message().linecount, 6);
    auto routed = facts;
    routed.is_received = false;
    MessageScene later{house.world(), origin, none, routed};
    EXPECT_EQ(later.message().size, 20 + 23);
    EXPECT_EQ(later.message().linecount, 7);
}

TEST(AclPolicy, ALocalPartIsShownWithoutItsQuotes)
{
    EXPECT_NE(asked("acl_smtp_rcpt = echo", Phase::rcpt, "\"a b\"@test.ex").text.find("|a b|"), std::string::npos);
}

TEST(AclPolicy, WithoutAnAclNobodySendsAndNobodyIsToldOfAddresses)
{
    for (const auto phase : {Phase::rcpt, Phase::vrfy, Phase::expn, Phase::etrn, Phase::atrn})
        EXPECT_EQ(verdict("", phase), Verdict::deny) << static_cast<int>(phase);
    for (const auto phase : {Phase::connect, Phase::helo, Phase::mail, Phase::predata, Phase::data, Phase::not_smtp})
        EXPECT_EQ(verdict("", phase), Verdict::accept) << static_cast<int>(phase);
}

TEST(AclPolicy, AnAclOfNoNameRefusesEverything)
{
    EXPECT_EQ(verdict("acl_smtp_rcpt = ${if eq{1}{2}{open}{}}\n", Phase::rcpt), Verdict::deny);
    EXPECT_EQ(verdict("acl_smtp_rcpt =\n", Phase::rcpt), Verdict::deny);
    EXPECT_EQ(verdict("acl_smtp_mail = ${if eq{1}{2}{open}{}}\n", Phase::mail), Verdict::deny);
    EXPECT_EQ(verdict("acl_smtp_data =\n", Phase::data), Verdict::deny);
    EXPECT_EQ(verdict("acl_smtp_rcpt = ${if eq{1}{2}{open}fail}\n", Phase::rcpt), Verdict::accept);
}

TEST(AclPolicy, VrfyTellsWhatRoutingFinds)
{
    const auto vrfy = [](const std::string& address) {
        const auto reply = asked("acl_smtp_vrfy = open\n", Phase::vrfy, address);
        return std::to_string(reply.code) + " " + reply.text;
    };
    EXPECT_EQ(vrfy("u1@test.ex"), "250 <u1@test.ex> is deliverable");
    EXPECT_EQ(vrfy("u3"), "250 <u3@test.ex> is deliverable");
    EXPECT_EQ(vrfy("list@test.ex"), "250 <list@test.ex> is deliverable");
    EXPECT_EQ(vrfy("void@test.ex"), "250 <void@test.ex> is deliverable");
    EXPECT_EQ(vrfy("bad@test.ex"), "550 <bad@test.ex> Unrouteable address");
    EXPECT_EQ(vrfy("fail@test.ex"), "550 <fail@test.ex> gone away");
    EXPECT_EQ(vrfy("def@test.ex"), "451 <def@test.ex> later please");
    EXPECT_EQ(vrfy("x@elsewhere.ex"), "550 <x@elsewhere.ex> Unrouteable address");
}

TEST(AclPolicy, ExpnTellsOneStepOfTheRedirection)
{
    const auto expn = [](const std::string& address) {
        const auto reply = asked("acl_smtp_expn = open\n", Phase::expn, address);
        return std::to_string(reply.code) + " " + reply.text;
    };
    EXPECT_EQ(expn("u1@test.ex"), "250 <u1@test.ex>");
    EXPECT_EQ(expn("u3"), "250 <u3@test.ex>");
    EXPECT_EQ(expn("list@test.ex"), "250 <u1@test.ex>\n<u2@other.ex>\n<nosuch@test.ex>");
    EXPECT_EQ(expn("bad@test.ex"), "250 <nosuch@test.ex>");
    EXPECT_EQ(expn("void@test.ex"), "250 mail to <void@test.ex> is discarded");
    EXPECT_EQ(expn("fail@test.ex"), "553 fail@test.ex is undeliverable");
    EXPECT_EQ(expn("def@test.ex"), "553 def@test.ex cannot be resolved at this time");
    EXPECT_EQ(expn("Joe <u3@test.ex>"), "553 Joe <u3@test.ex> is undeliverable");
}

TEST(AclPolicy, AMessageMayChooseItsCode)
{
    const auto heard = [](const std::string& statement) {
        const auto reply = asked("acl_smtp_rcpt = ${if eq{1}{1}{words}}\n", Phase::rcpt, "u1@test.ex", {}, statement);
        return std::to_string(reply.code) + " " + reply.enhanced + " " + reply.text;
    };
    EXPECT_EQ(heard("deny message = 551 5.7.7 foo"), "551 5.7.7 5.7.7 foo");
    EXPECT_EQ(heard("deny message = 551 foo"), "551  foo");
    EXPECT_EQ(heard("deny message = 5.7.7 foo"), "0  5.7.7 foo");
    EXPECT_EQ(heard("deny message = 450 4.1.1 foo"), "0  foo");
    EXPECT_EQ(heard("defer message = 450 4.1.1 foo\\nbar"), "450 4.1.1 4.1.1 foo\n4.1.1 bar");
    EXPECT_EQ(heard("accept message = 251 2.2.2 well"), "251 2.2.2 2.2.2 well");
    EXPECT_EQ(heard("accept message = 550 well"), "0  well");
    EXPECT_EQ(heard("deny message = 55x well"), "0  55x well");
}

// A code of the wrong class is in the log what it is on the wire.
TEST(AclPolicy, TheLogHasTheCodeThatIsSaid)
{
    const auto logged = [](const std::string& statement) {
        return asked("acl_smtp_rcpt = ${if eq{1}{1}{words}}\n", Phase::rcpt, "u1@test.ex", {}, statement).log_text;
    };
    EXPECT_EQ(logged("deny message = 450 foo"), "550 foo");
    EXPECT_EQ(logged("defer message = 550 foo"), "451 foo");
    EXPECT_EQ(logged("deny message = 551 foo"), "551 foo");
    EXPECT_EQ(asked("acl_smtp_rcpt = $local_part\n", Phase::rcpt, "nosuch@test.ex").verdict, Verdict::defer);
    EXPECT_EQ(asked("acl_smtp_mail = ${if eq{1}{1}{${expand:\\$\\{x\\}}}}\n", Phase::mail, "a@b").log_text.substr(0, 31),
              "failed to expand ACL string \"${");
}

TEST(AclPolicy, AclsSeeTheCommand)
{
    EXPECT_EQ(asked("acl_smtp_vrfy = echo\n", Phase::vrfy, "u3", "VRFY u3").text, "VRFY u3|u3|u3|EHLO,MAIL");
    EXPECT_EQ(asked("acl_smtp_expn = echo\n", Phase::expn, "u3", "EXPN u3").text, "EXPN u3|u3||EHLO,MAIL");
    EXPECT_EQ(asked("acl_smtp_mail = echo\n", Phase::mail, "a@b", "mail FROM: <a@b> SIZE=1").text,
              "mail FROM: <a@b> SIZE=1|<a@b> SIZE=1||EHLO,MAIL");
}

}
}
