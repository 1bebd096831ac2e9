#include "tests/unit/acl/bench.h"

namespace gp::acl {
namespace {

struct Case {
    std::string_view name, text, want;
};

class Verbs : public testing::TestWithParam<Case> {};

TEST_P(Verbs, DecideAsTheManualSays)
{
    Bench bench;
    EXPECT_EQ(bench.verdict(GetParam().text), GetParam().want);
}

INSTANTIATE_TEST_SUITE_P(, Verbs,
    testing::Values(
        Case{"EmptyDenies", "warn condition = yes", "deny"}, Case{"Accept", "accept", "accept"},
        Case{"AcceptFalsePasses", "accept condition = no\ndeny message = second", "deny: second"},
        Case{"AcceptEndpass", "accept hosts = *\nendpass\nmessage = after\ncondition = no\naccept", "deny: after"},
        Case{"DenyTrue", "deny condition = 1\nmessage = no", "deny: no"},
        Case{"DenyFalse", "deny condition = 0\naccept", "accept"},
        Case{"RequireFalse", "require condition = no\naccept", "deny"},
        Case{"RequireTrue", "require condition = yes\naccept", "accept"},
        Case{"Drop", "drop message = 550 5.7.1 away", "drop: 550 5.7.1 away"},
        Case{"Defer", "defer message = later", "defer: later"}, Case{"Discard", "discard", "discard"},
        Case{"WarnNeverDecides", "warn message = x\naccept", "accept"},
        Case{"Negation", "deny !hosts = 192.0.2.0/24\naccept", "accept"},
        Case{"BadConditionDefers", "deny condition = maybe\naccept", "defer"},
        Case{"BadConditionSkipsAWarning", "warn condition = maybe\naccept", "accept"},
        Case{"NegativeNumbersHold", "deny condition = -1\naccept", "deny"},
        Case{"NegativeZeroDoesNot", "deny condition = -0\naccept", "accept"},
        Case{"ForcedFailureIsNoCondition", "deny condition = ${if eq{a}{b}{x}fail}\naccept", "deny"},
        Case{"ForcedFailureIsNoConditionNegated", "deny !condition = ${if eq{a}{b}{x}fail}\naccept", "deny"},
        Case{"ForcedFailureLeavesTheOthers", "deny condition = ${if eq{a}{b}{x}fail}\ncondition = no\naccept", "accept"},
        Case{"ForcedFailureOfVerify", "deny verify = ${if eq{a}{b}{x}fail}\naccept", "deny"},
        Case{"ForcedFailureOfDnslists", "deny dnslists = ${if eq{a}{b}{x}fail}\naccept", "deny"},
        Case{"ForcedFailureOfAList", "deny hosts = ${if eq{a}{b}{*}fail}\naccept", "accept"},
        Case{"ForcedFailureOfAnAcl", "deny acl = ${if eq{a}{b}{x}fail}\naccept", "defer"},
        Case{"LogwriteWithoutASecondColon", "warn logwrite = :main\naccept", "accept"},
        Case{"ControlsAnywhere", "warn control = no_pipelining\ncontrol = no_mbox_unspool\naccept", "accept"},
        Case{"LastMessageCounts", "deny message = one\nmessage = two\ncondition = yes", "deny: two"},
        Case{"MessageBeforeFailedCondition", "require message = one\ncondition = no\nmessage = two", "deny: one"},
        Case{"QuotesArePartOfTheText", R"(warn set acl_m_x = "a b"
deny message = "Denied" $acl_m_x)", R"(deny: "Denied" "a b")"},
        Case{"VariablesFlow", "warn set acl_m_x = 7\ndeny condition = ${if eq{$acl_m_x}{7}}\nmessage = $acl_m_x", "deny: 7"}),
    [](const auto& one) { return std::string(one.param.name); });

TEST(Modifiers, WantAText)
{
    Bench bench;
    for (const auto* text : {"accept add_header", "accept remove_header", "warn logwrite", "warn control", "warn delay"})
        EXPECT_NE(bench.add(text).find("wants \"= "), std::string::npos) << text << ": " << bench.add(text);
}

TEST(Controls, OptionsThatTheyDoNotHaveAreErrors)
{
    Bench bench;
    for (const auto* text : {"accept control = freeze/foo", "accept control = freeze/no_tell/x", "accept control = submission/foo",
                             "accept control = submission/sender_retain/foo"})
        EXPECT_NE(bench.add(text).find("is no option of it"), std::string::npos) << text;
    EXPECT_EQ(bench.verdict("accept control = freeze/${lc:FOO}"), "defer");
    for (const auto* text : {"accept control = freeze/no_tell", "accept control = submission/domain=x/sender_retain/name=a/b"})
        EXPECT_EQ(bench.verdict(text), "accept") << text;
}

TEST(Discard, NeedsAMessage)
{
    Bench bench;
    EXPECT_EQ(bench.verdict("discard", where_mail), "discard");
    EXPECT_EQ(bench.verdict("discard", where_data), "discard");
    for (const auto where : {where_connect, where_helo, where_predata})
        EXPECT_EQ(bench.verdict("discard", where), "defer");
}

TEST(NamedAcls, TakeArgumentsAndGiveVerdicts)
{
    Bench bench;
    ASSERT_EQ(bench.add("accept condition = ${if eq{$acl_arg1}{a}{${if eq{$acl_narg}{2}}}}", "inner"), "");
    EXPECT_EQ(bench.verdict("deny !acl = inner a b\naccept"), "accept");
    EXPECT_EQ(bench.verdict("deny !acl = inner b b\nmessage = not a\naccept"), "deny: not a");
}

TEST(NamedAcls, DiscardThroughAccept)
{
    Bench bench;
    ASSERT_EQ(bench.add("discard", "inner"), "");
    EXPECT_EQ(bench.verdict("accept acl = inner"), "discard");
    EXPECT_EQ(bench.verdict("accept acl = inner\ncondition = no\naccept"), "accept");
    EXPECT_EQ(bench.verdict("deny acl = inner\naccept"), "defer");
}

TEST(NamedAcls, WhatIsNoAclIsNamed)
{
    Bench bench;
    ASSERT_EQ(bench.add("accept acl = rubbish words"), "");
    EXPECT_EQ(bench.run().log_text, "unknown ACL verb \"rubbish\" in \"rubbish\"");
}

// The same text once, wherever it was to go; and one that an earlier one begins with.
TEST(AddedHeaders, AreAddedOnce)
{
    Bench bench;
    EXPECT_EQ(bench.verdict("warn add_header = X-A: 1\\n more\nadd_header = :at_start:X-A: 1\\n more\nadd_header = X-A: 1\nadd_header = X-B: 1\naccept"), "accept");
    EXPECT_EQ(bench.state.header_edits.size(), 2u);
}

TEST(NamedAcls, OfAnInnerAclTheMessageIsKept)
{
    Bench bench;
    ASSERT_EQ(bench.add("deny message = from inside", "inner"), "");
    EXPECT_EQ(bench.verdict("require acl = inner\naccept"), "deny: from inside");
}

TEST(NamedAcls, CannotCallThemselvesForEver)
{
    Bench bench;
    EXPECT_EQ(bench.verdict("require acl = main\naccept").substr(0, 5), "defer");
}

TEST(Words, ThatAreUnknownAreRefusedWithTheNearest)
{
    Bench bench;
    EXPECT_EQ(bench.add("deny hoosts = *"), "unknown ACL condition or modifier \"hoosts\" (did you mean \"hosts\"?)");
    EXPECT_NE(bench.add("accept control = freze"), "");
    EXPECT_NE(bench.add("hosts = *"), "");
    EXPECT_NE(bench.add("deny endpass"), "");
    EXPECT_NE(bench.add("accept verify = nonsense"), "");
    EXPECT_NE(bench.add("accept set acl_x = 1"), "");
}

TEST(Controls, WellknownNamesAFileForItsCommandAlone)
{
    Bench bench;
    EXPECT_EQ(bench.verdict("accept control = wellknown//etc/motd", where_wellknown), "accept");
    const auto* file = bench.ground.scene.facts.find(wellknown_file);
    ASSERT_TRUE(file);
    EXPECT_EQ(file->text, "/etc/motd");
    EXPECT_FALSE(file->tainted());
    EXPECT_EQ(bench.verdict("accept control = wellknown/", where_wellknown), "accept"); // what looked it up found nothing
    EXPECT_FALSE(bench.ground.scene.facts.find(wellknown_file));
    EXPECT_EQ(bench.verdict("accept control = wellknown/etc/motd", where_wellknown), "defer");
    EXPECT_EQ(bench.verdict("accept control = wellknown//etc/motd", where_rcpt), "defer");
    EXPECT_EQ(bench.verdict("accept control = wellknown//etc/$sender_address", where_wellknown), "defer");
    EXPECT_FALSE(bench.ground.scene.facts.find(wellknown_file));
}

// Every word of Exim's either acts or is refused by name when the configuration is read.
TEST(Words, OfEximAreKnownOrRefusedByName)
{
    constexpr std::string_view words[] = {
        "acl", "atrn_domains", "authenticated", "condition", "decode", "dkim_signers", "dkim_status", "dmarc_status",
        "dnslists", "domains", "encrypted", "hosts", "local_parts", "malware", "mime_regex", "ratelimit", "recipients",
        "regex", "seen", "sender_domains", "senders", "spam", "spf", "spf_guess", "verify", "add_header", "continue",
        "control", "delay", "log_message", "log_reject_target", "logwrite", "message", "queue", "remove_header", "udpsend"};
    for (auto word : words) {
        Bench bench;
        const auto wrong = bench.add("warn " + std::string(word) + " = @@");
        EXPECT_EQ(wrong.find("unknown ACL condition"), std::string::npos) << word;
    }
    EXPECT_NE(Bench{}.add("warn control = dmarc_enable_forensic").find("not supported"), std::string::npos);
    for (auto word : {"allow_auth_unadvertised", "caseful_local_part", "caselower_local_part", "dkim_disable_verify",
                      "dmarc_disable_verify", "dscp/ef", "enforce_sync", "fakedefer", "fakereject", "freeze", "no_callout_flush",
                      "no_delay_flush", "no_enforce_sync", "no_mbox_unspool", "no_multiline_responses", "no_pipelining",
                      "queue", "queue_only", "submission", "suppress_local_fixups", "wellknown//file"}) {
        Bench bench;
        EXPECT_EQ(bench.add("warn control = " + std::string(word)), "") << word;
    }
}

TEST(Modifiers, WorkInTheOrderInWhichTheyStand)
{
    Bench bench;
    EXPECT_EQ(bench.verdict("warn add_header = X-One: 1\nadd_header = :at_start:X-Two: 2\nremove_header = Subject : X-Old\n"
                            "delay = 2s\ncontrol = freeze/no_tell\naccept delay = 3s"), "accept");
    ASSERT_EQ(bench.state.header_edits.size(), 4u);
    EXPECT_EQ(bench.state.header_edits[1].where, mail::HeaderEdit::Where::start);
    EXPECT_EQ(bench.state.controls, std::vector<std::string>{"freeze/no_tell"});
    EXPECT_EQ(bench.delay_ms, 5000u);
}

TEST(Modifiers, AddHeadersOneByOneAndNameThoseWithoutName)
{
    Bench bench;
    EXPECT_EQ(bench.verdict("warn add_header = \\n\\ndata\\n\\n:at_start:X-Two: 2\\n\\tmore\\n\ndeny message = $headers_added"),
              "deny: X-ACL-Warn: data\nX-ACL-Warn: \nX-Two: 2\n\n\tmore");
    ASSERT_EQ(bench.state.header_edits.size(), 3u);
    EXPECT_EQ(bench.state.header_edits[2].where, mail::HeaderEdit::Where::start);
}

TEST(Modifiers, MessageOfWarnIsAHeaderWhereThereIsAMessage)
{
    Bench bench;
    EXPECT_EQ(bench.verdict("warn message = X-Warning: one\nwarn message = X-Warning: one\nwarn message = no\ncondition = no\naccept"), "accept");
    ASSERT_EQ(bench.state.header_edits.size(), 1u);
    EXPECT_EQ(bench.state.header_edits[0].text, "X-Warning: one\n");
    Bench early;
    EXPECT_EQ(early.verdict("warn message = X-Warning: one\naccept", where_helo), "accept");
    EXPECT_TRUE(early.state.header_edits.empty());
}

TEST(Controls, Utf8DownconvertTravelsWithTheMessage)
{
    Bench bench;
    EXPECT_EQ(bench.verdict("accept control = utf8_downconvert"), "accept");
    ASSERT_EQ(bench.state.variables.size(), 1u);
    EXPECT_EQ(bench.state.variables[0].name + "=" + bench.state.variables[0].value, "utf8_downconvert=1");
    EXPECT_EQ(bench.verdict("accept control = utf8_downconvert/-1"), "accept");
    EXPECT_EQ(bench.state.variables.back().value, "-1");
    EXPECT_EQ(bench.verdict("accept control = utf8_downconvert/2"), "defer");
}

TEST(InLine, WhatAStrangerSaidStaysInItsPlace)
{
    Bench bench;
    bench.ground.scene.facts.set("dkim_cur_signer", Text::from("x\naccept", "a DKIM signature"));
    const auto verdict = [&](const char* text) {
        bench.written = *bench.ground.language.parse(text);
        return bench.run();
    };
    EXPECT_EQ(verdict("deny message = signed by $dkim_cur_signer").user_text, "signed by x\naccept");
    // What is not written as an ACL is none, and neither is one whose lines would be made by expansion.
    EXPECT_EQ(verdict("$dkim_cur_signer").verdict, Outcome::Verdict::defer);
    EXPECT_EQ(verdict("deny message = $dkim_cur_signer\\n condition = no").verdict, Outcome::Verdict::defer);
}

TEST(Modifiers, NameTheQueue)
{
    Bench bench;
    EXPECT_EQ(bench.verdict("accept queue = slow"), "accept");
    EXPECT_EQ(bench.state.queue, "slow");
    EXPECT_EQ(bench.verdict("deny queue = slow\nmessage = <$queue_name>"), "deny: <slow>");
    EXPECT_EQ(bench.verdict("accept queue = slow", where_connect), "accept");
    EXPECT_EQ(bench.verdict("accept queue = slow", where_data), "defer");
    EXPECT_EQ(bench.verdict("accept queue = ../up"), "defer");
}

TEST(Modifiers, TurnNoMailAwayForALogThatIsNone)
{
    testing::internal::CaptureStderr();
    EXPECT_EQ(Bench{}.verdict("accept logwrite = :mian: words\nlog_reject_target = mian"), "accept");
    const auto said = testing::internal::GetCapturedStderr();
    EXPECT_NE(said.find("unknown log name in \":mian: words\" in \"logwrite\" in RCPT ACL"), std::string::npos) << said;
    EXPECT_NE(said.find("unknown log name in \"mian\" in \"log_reject_target\" in RCPT ACL"), std::string::npos) << said;
}

TEST(Modifiers, AreRefusedWhereTheyHaveNoPlace)
{
    Bench bench;
    EXPECT_EQ(bench.verdict("accept delay = 1s", where_notquit), "defer");
    EXPECT_EQ(bench.verdict("accept domains = *", where_expn), "defer");
    EXPECT_EQ(bench.verdict("accept encrypted = *", where_helo), "defer");
    EXPECT_EQ(bench.verdict("accept verify = sender", where_mime), "defer");
    EXPECT_EQ(bench.verdict("warn ratelimit = 9 / 1h / per_conn\naccept", where_quit), "accept");
    EXPECT_EQ(bench.verdict("accept control = dkim_disable_verify", where_data), "defer");
    EXPECT_EQ(bench.verdict("accept control = utf8_downconvert", where_mail), "defer");
    EXPECT_EQ(bench.verdict("accept control = utf8_downconvert", where_vrfy), "accept");
    EXPECT_EQ(bench.verdict("accept control = no_enforce_sync", where_auth), "accept");
    EXPECT_EQ(bench.verdict("accept add_header = X-One: 1", where_connect), "defer");
    EXPECT_EQ(bench.verdict("accept control = submission", where_data), "defer");
    EXPECT_EQ(bench.verdict("accept domains = *", where_mail), "defer");
}

TEST(Controls, ChangeWhatTheSceneShows)
{
    Bench bench;
    EXPECT_EQ(bench.verdict("warn control = caseful_local_part\ndeny message = $local_part"), "deny: Joe");
    EXPECT_EQ(bench.verdict("warn control = caselower_local_part\ndeny message = $local_part"), "deny: joe");
    EXPECT_EQ(bench.verdict("warn control = no_enforce_sync\ncontrol = no_delay_flush\naccept control = enforce_sync"), "accept");
    EXPECT_EQ(bench.state.switches, (std::vector<std::string>{"no_delay_flush", "enforce_sync"}));
}

}
}
