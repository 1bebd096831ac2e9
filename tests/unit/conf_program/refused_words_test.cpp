// Words that the language has and that do nothing here are found wherever they stand, and only where they are words.

#include "conf/refused_words.h"

#include <gtest/gtest.h>

namespace gp::conf {
namespace {

std::string found(std::string_view text)
{
    const auto* word = refused_word_in(text);
    return word ? std::string(word->name) : std::string();
}

TEST(RefusedWords, AreFoundInTexts)
{
    EXPECT_EQ(found("x = ${perl{sub}{arg}}"), "perl");
    EXPECT_EQ(found("x = ${dlfunc {/lib/x}{f}}"), "dlfunc");
    EXPECT_EQ(found("x = ${run,preexpand {/bin/date}}"), "");
    EXPECT_EQ(found("${if pam{a:b}{yes}}"), "");
    EXPECT_EQ(found("${if and{{!radius{a:b}}{eq{a}{b}}}{yes}}"), "radius");
    EXPECT_EQ(found("${if saslauthd{{a}{b}}{yes}}"), "");
    EXPECT_EQ(found("$tls_in_peercert$tls_in_ourcert$tls_in_ocsp$tls_in_resumption"), "");
    EXPECT_EQ(found("${lookup oracle {select 1}}"), "oracle");
    EXPECT_EQ(found("domains = nis;hosts.byname"), "nis");
    EXPECT_EQ(found("${lookup{$local_part}nis{mail.aliases}}"), "nis");
    EXPECT_EQ(found("${lc:${perl{sub}}}"), "perl");
    EXPECT_EQ(found("helo_data = $tls_out_bits $event_name"), "");
}

TEST(RefusedWords, AreNotFoundInOtherWordsAndTextsThatAreNotExpanded)
{
    EXPECT_EQ(found("run = perl"), "");
    EXPECT_EQ(found("message = do not run {this}"), "");
    EXPECT_EQ(found("\\N${perl{x}}\\N"), "");
    EXPECT_EQ(found("\\${perl{x}}"), "");
    EXPECT_EQ(found("$running"), "");
    EXPECT_EQ(found("${lookup mysql {select pam from x}}"), "");
    EXPECT_EQ(found("set r_ldap = 1"), "");
}

// Where the facility is not used, its variable is empty in Exim too.
TEST(RefusedWords, LeaveOutVariablesThatAreRightlyEmpty)
{
    EXPECT_EQ(found("$local_scan_data $atrn_host $proxy_session"), "");
    EXPECT_TRUE(refused_word(WordKind::variable, "local_scan_data"));
    EXPECT_FALSE(refused_word(WordKind::variable, "local_part"));
}

}
}
