// What is said of a text that nobody has expanded yet.

#include "common/expand/remarks.h"

#include <gtest/gtest.h>

namespace gp::expand {
namespace {

// The remarks, one a line, each with its hint.
std::string remarks(std::string_view text)
{
    static const auto language = Language::linked();
    std::string out;
    for (const auto& one : remarks_on(language, text).all)
        out += one.text + (one.is_ignored ? " (ignored)" : "") + (one.hint.empty() ? "" : " " + one.hint) + "\n";
    return out;
}

struct Row {
    std::string_view text, remark;
};

TEST(Remarks, ConstantsThatCannotBeRight)
{
    const Row rows[] = {
        {"${hmac{md6}{$domain}{b}}", "hmac algorithm \"md6\" is not recognised"},
        {"${certextract{subjct}{$tls_in_peercert}}", "bad field selector \"subjct\" for certextract did you mean subject?"},
        {"${lookup{$domain}dsearch,filter=fil{/etc}}", "the option filter of look-up type \"dsearch\" knows no \"fil\" (ignored) did you mean file?"},
        {"${lookup{$domain}dsearch,ret=ful{/etc}}", "the option ret of look-up type \"dsearch\" knows no \"ful\" (ignored) did you mean full?"},
        {"${lookup{$domain}lsearch,rett=key{/etc/x}}", "look-up type \"lsearch\" has no option \"rett\" (ignored) did you mean ret?"},
        {"${lookup{$domain}cdb,ret=full{/etc/x}}", "the option ret of look-up type \"cdb\" knows no \"full\" (ignored)"},
        {"${lookup{$domain}lsearch{etc/x}}", "the file of a look-up of type \"lsearch\" must be absolute, not \"etc/x\""},
        {"${lookup{$domain}dsearch{etc}}", "the directory of a look-up of type \"dsearch\" must be absolute, not \"etc\""},
        {"${lookup dnsdb{mxx=$domain}}", "dnsdb: unsupported DNS record type \"mxx\" did you mean mx?"},
        {"${lookup dnsdb{>:,; dnssec_often,retry_2,mx=$domain}}", "dnsdb: \"dnssec_often\" is none of strict, lax and never"},
        {"${if match{$domain}{(}}", "regular expression error in \"(\": missing closing parenthesis at offset 1"},
        {"${sg{$domain}{[}{x}}", "regular expression error in \"[\": missing terminating ] for character class at offset 1"},
        {"${if > {$message_size}{10Q}}", "invalid integer \"10Q\""},
        {"${if bool{maybe}}", "unrecognised boolean value \"maybe\""},
        {"${sha3_999:$domain}", "unrecognised sha3 variant"},
        {"${length_x:$domain}", "non-digit after underscore in \"length_x\""},
        {"${quote_mysqll:$domain}", "unknown lookup type \"mysqll\""},
        {"${time_eval:5q}", "string \"5q\" is not an Exim time interval in \"time_eval\" operator"},
        {"${substr{x}{1}{$domain}}", "\"x\" is not a number (in \"substr\" expansion)"},
        {"${listextract{x}{$recipients}}", "first argument of \"listextract\" must be numeric"},
        {"${if or{{eq{$domain}{a}}{and{{def:domain}{match{$domain}{(}}}}}}", "regular expression error in \"(\": missing closing parenthesis at offset 1"},
    };
    for (const auto& row : rows)
        EXPECT_EQ(remarks(row.text), std::string(row.remark) + "\n") << row.text;
}

TEST(Remarks, NoneOfWhatMayBeRight)
{
    for (const auto* text :
         {"plain", "$domain", "${hmac{sha1}{$domain}{b}}", "${hmac{$domain}{a}{b}}", "${certextract{subject,CN}{$tls_in_peercert}}",
          "${certextract{$domain}{$tls_in_peercert}}", "${lookup{$domain}dsearch,filter=subdir,ret=full,cache=no_rd{/etc}}",
          "${lookup{$domain}lsearch{$config_dir/x}}", "${lookup mysql,servers=a{select 1}}", "${lookup sqlite,file=/x{select 1}}",
          "${lookup dnsdb{$domain}}", "${lookup dnsdb{a.example}}", "${lookup dnsdb{>: defer_never,dnssec_lax,retrans_2s,retry_1,a+=$domain}}",
          "${lookup{$sender_address}spf{192.0.2.1}}", "${if match{$domain}{\\N^(a|b)$\\N}}", "${if match{$domain}{($domain}}",
          "${if >={$message_size}{10M}}", "${if bool{}}", "${eval:1+$message_size}", "${sha3:$domain}", "${substr_-3:$domain}",
          "${base64d:$domain}", "${listextract{-1}{$recipients}}", "${stat:/nonexistent}", "${if exists{/nonexistent}}", "${acl{nosuch}}",
          "${expand:${if}}", "${listnamed:nosuch}", "${if match"})
        EXPECT_EQ(remarks(text), "") << text;
}

TEST(Remarks, ListsThatStandInConditions)
{
    static const auto language = Language::linked();
    const auto found = remarks_on(language, "${if and{{match_domain{$domain}{+a:b}}{match_ip{$sender_host_address}{10.0.0.0/8}}}}").lists;
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[0].text, "+a:b");
    EXPECT_EQ(found[0].kind, match::Kind::domain);
    EXPECT_EQ(found[1].text, "10.0.0.0/8");
    EXPECT_EQ(found[1].kind, match::Kind::host);
}

TEST(ConstantValue, OfWhatAsksForNothing)
{
    static const auto language = Language::linked();
    EXPECT_EQ(constant_value(language, "a b"), "a b");
    EXPECT_EQ(constant_value(language, "${if eq{1}{1}{yes}{no}}"), "yes");
    EXPECT_EQ(constant_value(language, "${if and{{eq{${lc:A}}{a}}{!eq{1}{2}}}}"), "true");
    EXPECT_EQ(constant_value(language, "${map{a:b}{${uc:$item}}}"), "A:B");
    EXPECT_EQ(constant_value(language, "${reduce{a:b}{c}{$value,${item}}}"), "c,a,b");
    EXPECT_EQ(constant_value(language, "${extract{1}{:}{a:b}}${length_1:cd}"), "ac");
    EXPECT_EQ(constant_value(language, "${sg{a}{a}{$value}}"), std::nullopt);
    EXPECT_EQ(constant_value(language, "${map{a:b}{$item_x}}"), std::nullopt);
    for (const auto* text : {"$domain", "${if exists{/}{a}{b}}", "${lookup{a}lsearch{/etc/passwd}}", "${if eq{$domain}{}{a}{b}}", "${if eq{1}{2}{a}fail}",
                             "${if match_domain{a}{+b}{a}{b}}", "${if eq{1}"})
        EXPECT_EQ(constant_value(language, text), std::nullopt) << text;
}

}
}
