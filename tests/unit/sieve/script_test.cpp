#include "common/sieve/script.h"

#include <gtest/gtest.h>

#include "common/sieve/body_text.h"
#include "common/sieve/mailto.h"
#include "common/sieve/match.h"
#include "tests/unit/filter/ground.h"

namespace gp::sieve {
namespace {

using filter::Action;
using filter::Ground;

constexpr std::string_view letter = "From: Coyote <coyote@desert.example.org>\n"
                                    "To: \"Root\" <root+toons@test.ex>, roadrunner@acme.example.com\n"
                                    "Subject: =?ISO-8859-1?Q?I_have_a_pr=E4sent?= for you\n"
                                    "Date: Tue, 1 Apr 1997 09:06:31 -0800\n"
                                    "Received: from a by b; Wed, 2 Apr 1997 09:06:31 +0200\n"
                                    "Received: from c by d; Thu, 3 Apr 1997 09:06:31 +0200\n"
                                    "X-Num: 0042\n"
                                    "X-Wrapped: eins\n zwei  drei\n"
                                    "X-Empty:\n"
                                    "\n"
                                    "Look, I'm sorry about the whole anvil thing.\n";

std::string shown(const Action& action)
{
    switch (action.kind) {
    case Action::Kind::deliver:
        return " to " + action.text;
    case Action::Kind::save:
        return " into " + action.text;
    case Action::Kind::reply:
        return " reply " + action.text;
    default:
        return " ?";
    }
}

std::string result_of(Ground& ground, std::string_view script)
{
    const auto parsed = Script::parse("# Sieve filter\n" + std::string(script), Words::linked(), ground.rules);
    const auto outcome = parsed.run(
        {.scene = ground.scene, .rules = ground.rules, .body = [&] { return Result<std::string>(ground.body); }});
    if (!outcome)
        return outcome.error().text;
    std::string said = outcome->is_significant ? "done" : "keep";
    for (const auto& action : outcome->actions)
        said += shown(action);
    return said;
}

struct Case {
    std::string_view name, script, result;
};
class Scripts : public testing::TestWithParam<Case> {};
TEST_P(Scripts, Give)
{
    Ground ground(letter);
    ground.message.sender = "coyote@desert.example.org";
    EXPECT_EQ(result_of(ground, GetParam().script), GetParam().result);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Actions, Scripts, testing::Values(
    Case{"nothing", "", "keep"},
    Case{"keep", "keep;", "done into inbox"},
    Case{"discard", "discard;", "done"},
    Case{"both", "discard; keep; keep;", "done into inbox"},
    Case{"redirect", "redirect \"a@b.c\";", "done to a@b.c"},
    Case{"redirect_to_oneself", "redirect \"root@test.ex\";", "done into inbox"},
    Case{"redirect_nowhere", "redirect \"a\";", "unqualified recipient address in line 2"},
    Case{"copy", "require [\"copy\", \"fileinto\"]; redirect :copy \"a@b.c\"; fileinto :copy \"x\";", "keep to a@b.c into x"},
    Case{"fileinto", "require \"fileinto\"; fileinto \"lists.a\"; fileinto \"lists.a\";", "done into lists.a"},
    Case{"fileinto_above", "require \"fileinto\"; fileinto \"../x\";", "invalid folder in line 2"},
    Case{"without_require", "fileinto \"x\";", "missing previous require \"fileinto\"; in line 2"},
    Case{"stop", "stop; bogus;", "keep"},
    Case{"require_late", "keep;\nrequire \"copy\";", "syntax error in line 3"},
    Case{"unknown_extension", "require [\"copy\", \"imap4flags\"];", "unknown capability \"imap4flags\" in line 2"},
    Case{"else_branch", "if false { keep; } elsif false { keep; } else { discard; }", "done"}
), [](const auto& one) { return std::string(one.param.name); });

INSTANTIATE_TEST_SUITE_P(Faults, Scripts, testing::Values(
    Case{"no_test", "if test keep; }", "missing test in line 2"},
    Case{"no_block", "if true discard;", "missing block in line 2"},
    Case{"no_semicolon", "keep\n", "missing semicolon in line 3"},
    Case{"unknown_action", "if true { frob; }", "expecting command or closing brace in line 2"},
    Case{"no_keys", "if header \"to\",\"from\" { keep; }", "key string list expected in line 2"},
    Case{"open_list", "if header [\"to\" \"x\" { keep; }", "missing string list in line 2"},
    Case{"bad_tag", "if header :unknown \"to\" \"x\" { keep; }", "header string list expected in line 2"},
    Case{"no_address_header", "if address \"subject\" \"x\" { keep; }", "invalid header field in line 2"},
    Case{"open_string", "redirect \"x", "missing end of string in line 2"},
    Case{"open_comment", "/* x", "missing end of comment in line 2"},
    Case{"numeric_unrequired", "if header :comparator \"i;ascii-numeric\" \"x\" \"1\" { keep; }", "missing previous require \"comparator-i;ascii-numeric\"; in line 2"},
    Case{"unknown_comparator", "if header :comparator \"i;none\" \"x\" \"1\" { keep; }", "invalid comparator \"i;none\" in line 2"},
    Case{"size_without", "if size 4 { keep; }", "missing :over or :under in line 2"},
    Case{"huge_number", "if size :over 99999999999999999999 { keep; }", "number too large in line 2"}
), [](const auto& one) { return std::string(one.param.name); });

#define HOLDS(test) "if " test " { discard; }", "done"
#define FAILS(test) "if " test " { discard; }", "keep"
INSTANTIATE_TEST_SUITE_P(Tests, Scripts, testing::Values(
    Case{"is", HOLDS("header \"subject\" \"i have a pr\xc3\xa4sent for you\"")},
    Case{"octet", FAILS("header :comparator \"i;octet\" \"subject\" \"i have a pr\xc3\xa4sent for you\"")},
    Case{"contains", HOLDS("header :contains [\"x\", \"subject\"] \"SENT\"")},
    Case{"matches", HOLDS("header :matches \"subject\" \"I*a pr??sent*\"")},
    Case{"matches_escaped", FAILS("header :matches \"subject\" \"I\\\\*\"")},
    Case{"unfolded", HOLDS("header \"x-wrapped\" \"eins zwei  drei\"")},
    Case{"empty_header", HOLDS("header \"x-empty\" \"\"")},
    Case{"no_header", FAILS("header :contains \"x-none\" \"\"")},
    Case{"exists", HOLDS("exists [\"From\", \"X-Num\"]")},
    Case{"exists_all", FAILS("exists [\"From\", \"X-None\"]")},
    Case{"address_all", HOLDS("address \"from\" \"coyote@desert.example.org\"")},
    Case{"address_localpart", HOLDS("address :localpart \"to\" \"root+toons\"")},
    Case{"address_domain", HOLDS("address :domain :matches \"to\" \"*.example.com\"")},
    Case{"size_over", HOLDS("size :over 100")},
    Case{"size_k", HOLDS("size :under 1K")},
    Case{"allof", FAILS("allof (true, not true)")},
    Case{"anyof", HOLDS("anyof (false, true)")}
), [](const auto& one) { return std::string(one.param.name); });

#define EXTENSION(name, test) "require \"" name "\"; if " test " { discard; }"
INSTANTIATE_TEST_SUITE_P(Extensions, Scripts, testing::Values(
    Case{"envelope_from", EXTENSION("envelope", "envelope \"from\" \"coyote@desert.example.org\""), "done"},
    Case{"envelope_to", EXTENSION("envelope", "envelope :localpart \"to\" \"ROOT\""), "done"},
    Case{"user", EXTENSION("subaddress", "address :user \"to\" \"root\""), "done"},
    Case{"detail", EXTENSION("subaddress", "address :detail \"to\" \"toons\""), "done"},
    Case{"no_detail", EXTENSION("subaddress", "address :detail \"from\" \"\""), "keep"},
    Case{"numeric", "require \"comparator-i;ascii-numeric\"; if header :comparator \"i;ascii-numeric\" \"x-num\" \"42\" { discard; }", "done"},
    Case{"hex", "require \"encoded-character\"; if header :contains \"subject\" \"${hex: 70 72}\" { discard; }", "done"},
    Case{"unicode", "require \"encoded-character\"; if header :contains \"subject\" \"${unicode:e4}\" { discard; }", "done"},
    Case{"count", EXTENSION("relational", "header :count \"ge\" \"received\" \"2\""), "done"},
    Case{"value", "require [\"relational\", \"comparator-i;ascii-numeric\"]; if header :value \"gt\" :comparator \"i;ascii-numeric\" \"x-num\" \"9\" { discard; }", "done"},
    Case{"variables", "require [\"variables\", \"fileinto\"]; if header :matches \"subject\" \"* have *\" { set :upper \"who\" \"${1}\"; set \"x\" \"${who}-${nothing}${2\"; fileinto \"${x}\"; }", "done into I-${2"},
    Case{"length", "require \"variables\"; set :length \"n\" \"pr\xc3\xa4\"; if string \"${n}\" \"3\" { discard; }", "done"},
    Case{"captures_are_short", "require [\"variables\", \"fileinto\"]; if header :matches \"x-wrapped\" \"*e*i*\" { fileinto \"${1}|${2}|${3}\"; }", "done into ||ns zwei  drei"},
    Case{"body_raw", EXTENSION("body", "body :raw :contains \"ANVIL\""), "done"},
    Case{"body_text", EXTENSION("body", "body :text :contains \"sorry\""), "done"},
    Case{"body_content", EXTENSION("body", "body :content \"text/html\" :contains \"sorry\""), "keep"},
    Case{"date", EXTENSION("date", "date :zone \"+0000\" \"date\" \"iso8601\" \"1997-04-01T17:06:31+00:00\""), "done"},
    Case{"date_original", EXTENSION("date", "date :originalzone \"date\" \"hour\" \"09\""), "done"},
    Case{"weekday", EXTENSION("date", "date :originalzone \"date\" \"weekday\" \"2\""), "done"},
    Case{"currentdate", EXTENSION("date", "currentdate :zone \"+0000\" \"year\" \"2023\""), "done"},
    Case{"index", "require [\"date\", \"index\"]; if date :index 2 :originalzone \"received\" \"day\" \"03\" { discard; }", "done"},
    Case{"last", "require \"index\"; if header :index 1 :last :contains \"received\" \"from c\" { discard; }", "done"},
    Case{"last_alone", "require \"index\"; if header :last \"received\" \"x\" { discard; }", ":last without :index in line 2"},
    Case{"notify", "require \"enotify\"; notify :message \"hi\" \"mailto:a@b.c?subject=x\";", "keep reply a@b.c"},
    Case{"notify_by_what", "require \"enotify\"; notify \"xmpp:a@b\";", "invalid notification method in line 2"},
    Case{"valid_method", EXTENSION("enotify", "valid_notify_method [\"mailto:a@b.c\", \"tel:1\"]"), "keep"},
    Case{"online", EXTENSION("enotify", "notify_method_capability \"mailto:a@b.c\" \"online\" [\"yes\", \"maybe\"]"), "done"}
), [](const auto& one) { return std::string(one.param.name); });
// clang-format on

std::string vacation_result(std::string_view headers, std::string_view script, std::string_view sender = "a@b.c")
{
    Ground ground(std::string(headers) + "\n");
    ground.message.sender = sender;
    return result_of(ground, script);
}

TEST(Vacation, AnswersOnlyAPersonWhoWroteToMe)
{
    constexpr std::string_view script = "require \"vacation\"; vacation :addresses \"old@test.ex\" \"away\";";
    EXPECT_EQ(vacation_result("To: root@test.ex\n", script), "keep reply a@b.c");
    EXPECT_EQ(vacation_result("Cc: OLD@test.ex\n", script), "keep reply a@b.c");
    EXPECT_EQ(vacation_result("To: list@x\n", script), "keep");
    EXPECT_EQ(vacation_result("To: root@test.ex\nList-Id: <x>\n", script), "keep");
    EXPECT_EQ(vacation_result("To: root@test.ex\nAuto-Submitted: auto-replied\n", script), "keep");
    EXPECT_EQ(vacation_result("To: root@test.ex\nPrecedence: junk\n", script), "keep");
    EXPECT_EQ(vacation_result("To: root@test.ex\n", script, ""), "keep");
    EXPECT_EQ(vacation_result("To: root@test.ex\n", script, "mailer-daemon@x.y"), "keep");
    EXPECT_EQ(vacation_result("To: root@test.ex\n", script, "owner-list@x.y"), "keep");
}

// As Exim does it: nobody's mail waits for him to mend his script.
TEST(Script, KeepsAfterAnError)
{
    Ground ground("To: root@test.ex\nSubject: hello\n\n");
    const auto asked = [&](std::string_view script) {
        const auto outcome = Script::parse(script, Words::linked(), ground.rules).obey({.scene = ground.scene, .rules = ground.rules, .body = {}});
        std::string words = outcome ? (outcome->is_significant ? "settled" : "kept") : "error";
        for (const auto& action : outcome ? outcome->actions : std::vector<filter::Action>{})
            words += " " + action.text;
        return words + (outcome && !outcome->text.empty() ? ": " + outcome->text : "");
    };
    EXPECT_EQ(asked("require \"fileinto\"; fileinto \"abc\"; foo;"), "kept abc: syntax error in line 1");
    EXPECT_EQ(asked("require \"nosuch\"; discard;"), "kept: unknown capability \"nosuch\" in line 1");
    EXPECT_EQ(asked("discard; redirect \"nobody\";"), "kept: unqualified recipient address in line 1");
    EXPECT_EQ(asked("require \"fileinto\"; fileinto \"abc\"; stop; foo"), "settled abc");
    EXPECT_EQ(asked("discard;"), "settled");
}

TEST(Notify, NamesTheOwnerThatTheRouterNames)
{
    Ground ground("To: root@test.ex\nSubject: hello\n\n");
    ground.rules.enotify_mailto_owner = "owner@test.ex";
    const auto outcome = Script::parse("require \"enotify\"; notify \"mailto:a@b.c\";", Words::linked(), ground.rules)
                             .run({.scene = ground.scene, .rules = ground.rules, .body = {}});
    ASSERT_TRUE(outcome && outcome->actions.size() == 1);
    EXPECT_EQ(outcome->actions[0].reply.from, "owner@test.ex");
    EXPECT_EQ(outcome->actions[0].reply.headers, "Auto-Submitted: auto-notified; owner-email=\"owner@test.ex\"");
}

TEST(Vacation, RemembersEachAnswerByItself)
{
    Ground ground("To: root@test.ex\nSubject: hello\n\n");
    ground.rules.vacation_directory = "/home/v";
    const auto reply_of = [&](std::string_view script) {
        const auto outcome = Script::parse(script, Words::linked(), ground.rules)
                                 .run({.scene = ground.scene, .rules = ground.rules, .body = {}});
        return outcome && !outcome->actions.empty() ? outcome->actions[0].reply : filter::Reply{};
    };
    const auto one = reply_of("require \"vacation\"; vacation :days 3 \"away\";");
    const auto other = reply_of("require \"vacation\"; vacation :days 100 \"gone\";");
    EXPECT_EQ(one.subject, "Auto: hello");
    EXPECT_EQ(one.once_repeat, 3 * 86400);
    EXPECT_EQ(other.once_repeat, 31 * 86400);
    EXPECT_TRUE(one.once.starts_with("/home/v/"));
    EXPECT_NE(one.once, other.once);
    EXPECT_EQ(reply_of("require \"vacation\"; vacation :handle \"h\" \"away\";").once,
              reply_of("require \"vacation\"; vacation :handle \"h\" \"gone\";").once);
}

TEST(Vacation, SecondsAndMime)
{
    Ground ground("To: root@test.ex\n\n");
    ground.rules.vacation_directory = "/v";
    const auto outcome = Script::parse("require \"vacation-seconds\"; vacation :seconds 60 :mime "
                                       "\"Content-Type: text/html\n\n<b>\";",
                                       Words::linked(), ground.rules)
                             .run({.scene = ground.scene, .rules = ground.rules, .body = {}});
    ASSERT_TRUE(outcome) << outcome.error().text;
    EXPECT_EQ(outcome->actions[0].reply.once_repeat, 60);
    EXPECT_EQ(outcome->actions[0].reply.headers, "Content-Type: text/html");
    EXPECT_EQ(outcome->actions[0].reply.text, "<b>");
}

TEST(SieveLimits, AScriptThatRedirectsTooOftenFails)
{
    Ground ground;
    std::string script;
    for (int i = 0; i < 30; ++i)
        script += "redirect \"a" + std::to_string(i) + "@b.c\";";
    EXPECT_EQ(result_of(ground, script), "the script redirects more than 20 times");
}

TEST(SieveLimits, NestingIsBounded)
{
    Ground ground;
    std::string script = "if ";
    for (int i = 0; i < 10'000; ++i)
        script += "not ";
    EXPECT_EQ(result_of(ground, script + "true {}"), "blocks and tests are nested more than 100 deep in line 2");
}

TEST(Wildcards, TakeTimeInProportion)
{
    std::vector<std::string> captures;
    const std::string text(20'000, 'a');
    EXPECT_FALSE(matches_pattern(text, "*a*a*a*a*a*a*a*a*b", false, captures));
    EXPECT_TRUE(matches_pattern("foo.bar.baz", "*.*", false, captures));
    EXPECT_EQ(captures, (std::vector<std::string>{"foo.bar.baz", "foo", "bar.baz"}));
}

TEST(BodyText, WalksThePartsOfAMultipart)
{
    const std::string headers = "Content-Type: multipart/mixed; boundary=\"x y\"\n";
    const std::string body = "preamble\n--x y\nContent-Type: text/plain; charset=iso-8859-1\n"
                             "Content-Transfer-Encoding: quoted-printable\n\npr=E4sent=\n more\n--x y\n"
                             "Content-Type: text/html\nContent-Transfer-Encoding: base64\n\nPGI+aGk8L2I+\n--x y--\nafter\n";
    EXPECT_EQ(parts_of(headers, body, {"text"}), (std::vector<std::string>{"pr\xc3\xa4sent more\n", "<b>hi</b>"}));
    EXPECT_EQ(parts_of(headers, body, {"text/html"}), (std::vector<std::string>{"<b>hi</b>"}));
    EXPECT_TRUE(parts_of(headers, body, {"image"}).empty());
}

TEST(MailTo, HasRecipientsAndNothingThatIsNotTheScripts)
{
    const auto mail = parse_mailto("mailto:a@b.c,d@e.f?subject=a%20b&body=x%0D%0Ay&from=evil@x&cc=g@h.i&x-y=z");
    ASSERT_TRUE(mail);
    EXPECT_EQ(mail->recipients, (std::vector<std::string>{"a@b.c", "d@e.f", "g@h.i"}));
    EXPECT_EQ(mail->subject, "a b");
    EXPECT_EQ(mail->body, "x\ny");
    EXPECT_EQ(mail->headers, "x-y: z");
    EXPECT_FALSE(parse_mailto("mailto:a@b.c?subject=x%0aBcc:y@z"));
    EXPECT_FALSE(parse_mailto("mailto:nobody"));
}

}
}
