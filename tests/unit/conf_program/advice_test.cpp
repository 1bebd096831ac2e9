// Warnings of gatepost check: each of a configuration that can be used and will surprise, and none of a good one.

#include "conf/advice.h"

#include <gtest/gtest.h>

namespace gp::conf {
namespace {

std::string advice(const std::string& text)
{
    const auto loaded = load({.name = "conf", .text = "primary_hostname = mx.example\n" + text}, {.host_name = "mx.example"});
    EXPECT_TRUE(loaded) << loaded.problems.text();
    return loaded ? advise(*loaded.configuration).text() : "";
}

bool says(const std::string& told, std::string_view words)
{
    return told.find(words) != std::string::npos;
}

constexpr const char* smtp = "begin transports\nremote:\n  driver = smtp\n";

TEST(Advice, TheBuiltInConfigurationNeedsNone)
{
    const auto loaded = load({.name = "built-in", .text = std::string(default_configuration())}, {.host_name = "mx.example"});
    ASSERT_TRUE(loaded);
    EXPECT_EQ(advise(*loaded.configuration).text(), "");
}

TEST(Advice, AStrangersWordMayNotNameAFile)
{
    const auto told = advice("begin transports\nbox:\n  driver = appendfile\n  file = /var/mail/$local_part\n  user = root\n");
    EXPECT_TRUE(says(told, "conf:5: warning: box: $local_part comes from outside and may not name a file")) << told;
    EXPECT_TRUE(says(told, "$local_part_data")) << told;
}

TEST(Advice, AStrangersWordMayNotNameTheFileOfALookUp)
{
    const auto told = advice("begin routers\nr:\n  driver = redirect\n  data = ${lookup{$local_part}lsearch{/etc/aliases.d/$domain}}\n");
    EXPECT_TRUE(says(told, "conf:5: warning: $domain comes from outside")) << told;
    EXPECT_TRUE(says(told, "$domain_data")) << told;
    EXPECT_EQ(advice("begin routers\nr:\n  driver = redirect\n  data = ${lookup{$local_part}lsearch{/etc/aliases}}\n"), "");
}

TEST(Advice, AStatementBehindOneThatEndsTheListIsNeverReached)
{
    const auto told = advice("acl_smtp_mail = m\nbegin acl\nm:\n  accept\n  deny senders = x@y.example\n");
    EXPECT_TRUE(says(told, "conf:6: warning: ACL m: this is never reached")) << told;
}

TEST(Advice, AConditionAtAPointWhereItCannotBeTested)
{
    const auto told = advice("acl_smtp_connect = c\nbegin acl\nc:\n  deny recipients = a@b.example\n  accept\n");
    EXPECT_TRUE(says(told, "runs as acl_smtp_connect, where \"recipients\" cannot be tested")) << told;
}

TEST(Advice, ListsAndMacrosThatNobodyUses)
{
    const auto told = advice("NEVER = 1\ndomainlist unused = a.example\n");
    EXPECT_TRUE(says(told, "the macro \"NEVER\" is used nowhere")) << told;
    EXPECT_TRUE(says(told, "the domainlist \"unused\" is used nowhere")) << told;
}

TEST(Advice, ItemsBehindOneThatIsEverything)
{
    const auto told = advice("domainlist d = a.example : * : b.example\nacl_smtp_rcpt = r\nbegin acl\nr:\n  accept domains = +d\n");
    EXPECT_TRUE(says(told, "behind \"*\"")) << told;
    EXPECT_FALSE(says(advice("domainlist d = a.example : *\nacl_smtp_rcpt = r\nbegin acl\nr:\n  accept domains = +d\n"), "behind \"*\""));
}

TEST(Advice, NamesThatNobodyDefines)
{
    const auto told = advice("hostlist relays = 10.0.0.0/33 : 192.168.0.0/16 : iplsearch;/etc/x\nacl_smtp_rcpt = r\nacl_smtp_mail = rr\n"
                             "begin acl\nr:\n  accept hosts = +relay\n  deny acl = s\n  accept !domains = +include_unknown : !+far\n");
    EXPECT_TRUE(says(told, "there is no ACL \"rr\": this will defer all mail (did you mean \"r\"?)")) << told;
    EXPECT_TRUE(says(told, "conf:7: warning: there is no hostlist \"relay\" (did you mean \"+relays\"?)")) << told;
    EXPECT_TRUE(says(told, "conf:8: warning: there is no ACL \"s\"")) << told;
    EXPECT_TRUE(says(told, "there is no domainlist \"far\"")) << told;
    EXPECT_TRUE(says(told, "\"10.0.0.0/33\" is no network")) << told;
    EXPECT_FALSE(says(told, "\"192.168")) << told;
    EXPECT_FALSE(says(told, "include_unknown\"")) << told;
}

TEST(Advice, AnOpenRelay)
{
    EXPECT_TRUE(says(advice(std::string("acl_smtp_rcpt = r\nbegin acl\nr:\n  accept\n") + smtp), "an open relay"));
    EXPECT_TRUE(says(advice(std::string("acl_smtp_rcpt = r\nbegin acl\nr:\n  accept hosts = 0.0.0.0/0\n") + smtp), "an open relay"));
    EXPECT_TRUE(says(advice(std::string("acl_smtp_rcpt = r\nbegin acl\nr:\n  accept senders = *@ours.example\n") + smtp),
                     "an open relay"));
    EXPECT_FALSE(says(advice(std::string("acl_smtp_rcpt = r\nbegin acl\nr:\n  accept hosts = 10.0.0.0/8\n") + smtp), "an open relay"));
    EXPECT_FALSE(says(advice(std::string("acl_smtp_rcpt = r\nbegin acl\nr:\n  accept domains = ours.example\n") + smtp),
                      "an open relay"));
}

}
}
