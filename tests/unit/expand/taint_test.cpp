// Taint (manual chapter 11): what came from outside stays marked through every word, may not name a file, a
// command or a text to expand, and is clean again when a look-up or a list has vouched for it.

#include <gtest/gtest.h>

#include "tests/unit/expand/ground.h"

namespace gp::expand {
namespace {

class Taint : public testing::Test {
protected:
    Taint()
    {
        address.local_part = "someone";
        address.domain = "example.org";
        ground.scene.address = &address;
    }
    Text value(std::string_view text)
    {
        const auto parsed = ground.language.parse(text);
        EXPECT_TRUE(parsed) << text;
        const auto out = parsed->expand(ground.scene);
        EXPECT_TRUE(out) << text << ": " << out.error().text;
        return out ? *out : Text{};
    }
    Ground ground;
    Address address;
};

TEST_F(Taint, GoesThroughEveryOperator)
{
    for (const auto* name : {"lc", "uc", "substr_1_3", "length_2", "quote", "escape", "escape8bit", "hexquote", "rxquote",
                             "base64", "local_part", "domain", "address", "utf8clean", "rfc2047",
                             "quote_local_part", "headerwrap", "xtextd"}) {
        const auto text = std::string("${") + name + ":$local_part}";
        const auto out = value(text);
        EXPECT_TRUE(out.tainted() || out.empty()) << text;
    }
}

TEST_F(Taint, NumbersAndDigestsAreClean)
{
    for (const auto* text : {"${strlen:$local_part}", "${md5:$local_part}", "${sha256:$local_part}", "${nhash_8:$local_part}",
                             "${listcount:$local_part}", "${if eq{$local_part}{x}{a}{b}}"})
        EXPECT_FALSE(value(text).tainted()) << text;
}

TEST_F(Taint, GoesThroughItems)
{
    for (const auto* text :
         {"${sg{$local_part}{o}{0}}", "${tr{$local_part}{abc}{xyz}}", "${extract{1}{:}{$local_part}}", "${map{$local_part}{$item}}",
          "${filter{$local_part}{def:item}}", "${reduce{$local_part}{}{$value$item}}", "${sort{$local_part}{lt}{$item}}",
          "${listextract{1}{$local_part}}", "${if eq{a}{a}{$local_part}}", "${substr{1}{2}{$local_part}}", "x$local_part"})
        EXPECT_TRUE(value(text).tainted()) << text;
    EXPECT_FALSE(value("${if eq{a}{b}{$local_part}{clean}}").tainted());
}

TEST_F(Taint, ALookupVouchesForWhatItFinds)
{
    ground.write("users", "someone: /home/someone\n");
    ground.write("someone", "");
    EXPECT_FALSE(value("${lookup{$local_part}lsearch{" + ground.folder + "/users}}").tainted());
    const auto own_name = value("${lookup{$local_part}dsearch{" + ground.folder + "}}");
    EXPECT_EQ(own_name.text, "someone");
    EXPECT_FALSE(own_name.tainted());
    const auto key = value("${lookup{$local_part}lsearch,ret=key{" + ground.folder + "/users}}");
    EXPECT_EQ(key.text, "someone");
    EXPECT_FALSE(key.tainted());
    ground.write("all", "*: anybody\n");
    const auto any = value("${lookup{$local_part}lsearch*,ret=key{" + ground.folder + "/all}}");
    EXPECT_EQ(any.text, "someone") << "the key that was asked for, not the default that stands for it";
    EXPECT_TRUE(any.tainted()) << "a default vouches for no key";
}

TEST_F(Taint, AListVouchesForTheItemThatMatched)
{
    const auto out = value("${if match_local_part{$local_part}{someone:other}{$value}}");
    EXPECT_EQ(out.text, "someone");
    EXPECT_FALSE(out.tainted());
    EXPECT_TRUE(value("${if match_domain{$domain}{*.org}{$1}}").tainted()) << "what a wildcard stood for is the stranger's";
    EXPECT_TRUE(value("${if match{$local_part}{\\N^(.*)$\\N}{$1}}").tainted());
}

TEST_F(Taint, CannotNameAFile)
{
    EXPECT_EQ(ground.shown("${readfile{/tmp/$local_part}}").substr(0, 28), "Failed: Tainted name '/tmp/s") << ground.shown("${readfile{/tmp/$local_part}}");
    EXPECT_NE(ground.shown("${lookup{x}lsearch{/tmp/$local_part}}").find("ainted"), std::string::npos);
    EXPECT_NE(ground.shown("${lookup{x}lsearch{/tmp/$local_part}}").find("$local_part_data"), std::string::npos)
        << "the message says what to write: " << ground.shown("${lookup{x}lsearch{/tmp/$local_part}}");
    EXPECT_EQ(ground.shown("${if exists{/tmp/$local_part}{y}{n}}"), "n") << "asking whether it is there, it may";
}

TEST_F(Taint, CannotBeACommandOrAText)
{
    EXPECT_EQ(ground.shown("${run{/bin/echo $local_part}}"), "<someone>") << "an argument it may be";
    EXPECT_NE(ground.shown("${run{/bin/$local_part}}").find("ainted"), std::string::npos);
    EXPECT_EQ(ground.shown("${expand:$local_part}"), "Failed: internal expansion of \"someone\" failed: attempt to expand tainted string 'someone'");
    EXPECT_EQ(ground.shown("[${expand:$h_subject:}]"), "[]") << "nothing is harmless";
}

TEST_F(Taint, ArgumentsAreSplitBeforeTheyAreExpanded)
{
    address.local_part = "a b; 'c' $d";
    EXPECT_EQ(ground.shown("${run{/bin/echo $local_part x}}"), "<a b; 'c' $d> <x>");
}

}
}
