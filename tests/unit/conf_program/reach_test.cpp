#include "conf/reach.h"

#include <gtest/gtest.h>

namespace gp::conf {
namespace {

using Places = std::vector<std::string>;

struct Case {
    const char* name;
    const char* text;
    Places places;
};

class LiteralDirectories : public testing::TestWithParam<Case> {};

TEST_P(LiteralDirectories, AreThoseOfTheFilesThatAreNamed)
{
    EXPECT_EQ(literal_directories(GetParam().text), GetParam().places);
}

INSTANTIATE_TEST_SUITE_P(
    , LiteralDirectories,
    testing::Values(Case{"lookup", "${lookup{$local_part}lsearch{/nowhere/mail/aliases}}", {"/nowhere/mail"}},
                    Case{"list",
                         "lsearch;/nowhere/mail/relays : !/nowhere/other/list",
                         {"/nowhere/mail", "/nowhere/other"}},
                    Case{"directory", "dsearch;/etc", {"/etc"}},
                    Case{"argument_of_a_control", "wellknown//nowhere/wk/file", {"/nowhere/wk"}},
                    Case{"expansion_inside", "/nowhere/home/$local_part/.forward", {"/nowhere/home"}},
                    Case{"expansion_in_name", "/nowhere/lists/list-$local_part", {"/nowhere/lists"}},
                    Case{"expansion_at_start", "$home/.forward", {}}, Case{"root", "/$local_part", {}},
                    Case{"address", "user@example.org/x", {}}, Case{"url", "http://example.org/path", {}},
                    Case{"dots", "/nowhere/../etc/shadow", {}}, Case{"network", "192.168.0.0/16", {}}),
    [](const auto& tested) { return std::string(tested.param.name); });

// Launcher starts what asks PAM for such a configuration, and for no other.
TEST(AsksPam, WhereSomeTextHasTheCondition)
{
    const auto asks = [](const std::string& text) {
        Configuration configuration;
        configuration.lists.push_back({.value = text});
        return asks_pam(configuration);
    };
    EXPECT_TRUE(asks("${if pam{$auth1:${listquote{:}{$auth2}}}}"));
    EXPECT_TRUE(asks("${if and{{!pam {a:b}}{eq{a}{b}}}}"));
    for (const std::string text : {"", "pam", "${if eq{spam}{pam}}", "nospam{x}", "spam = nobody", "${lookup mysql {select pam from x}}", "my_pam{x}"})
        EXPECT_FALSE(asks(text)) << text;
}

TEST(LiteralPrograms, AreThoseThatStandBehindRun)
{
    EXPECT_EQ(literal_programs("${run{/bin/date +%s}}"), Places{"/bin/date"});
    EXPECT_EQ(literal_programs("${run,preexpand {/bin/date}{a}{b}} ${run\t{ \"/opt/a b\" $x}}"), (Places{"/bin/date", "/opt/a b"}));
    EXPECT_EQ(literal_programs("${if eq{${run{/bin/true}{y}{n}}}{y}}"), Places{"/bin/true"});
}

TEST(LiteralPrograms, AreNotThoseThatAnExpansionMakes)
{
    EXPECT_EQ(literal_programs("${run{$acl_m0 x}}"), Places{});
    EXPECT_EQ(literal_programs("${run{/bin/$acl_m0}}"), Places{});
    EXPECT_EQ(literal_programs("${run{${lookup{x}lsearch{/etc/programs}}}}"), Places{});
    EXPECT_EQ(literal_programs("$run ${runrc} ${run ${run{"), Places{});
    EXPECT_EQ(literal_programs("${run{date}}"), Places{});
}

}
}
