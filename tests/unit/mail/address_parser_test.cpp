#include "common/mail/address_parser.h"

#include <gtest/gtest.h>

#include "common/mail/address.h"

namespace gp::mail {
namespace {

// What Exim 4.96 answers; an empty error means that `want` is the address.
struct Case {
    std::string_view text, want, error;
};

void check(const Case& row, const AddressRules& rules)
{
    const auto got = parse_address(row.text, rules);
    if (row.error.empty()) {
        ASSERT_TRUE(got) << row.text << ": " << got.error().text;
        EXPECT_EQ(got->address, row.want) << row.text;
    } else {
        ASSERT_FALSE(got) << row.text;
        EXPECT_EQ(got.error().text, row.error) << row.text;
    }
}

TEST(AddressParser, ReadsWhatEximReads)
{
    for (const auto& row : {
             Case{"<a. b@c>", "a.b@c", ""},
             Case{"a . b @ c . d", "a.b@c.d", ""},
             Case{".a@b", ".a@b", ""},
             Case{"a.@b", "a.@b", ""},
             Case{"a..b@c", "a..b@c", ""},
             Case{"a@b. c", "a@b.c", ""},
             Case{"\"a b\"@c", "\"a b\"@c", ""},
             Case{"\"a\\\"b\"@c", "\"a\\\"b\"@c", ""},
             Case{"a\\@b@c", "a\\@b@c", ""},
             Case{"(c)a(d)@(e)b(f)", "a@b", ""},
             Case{"a(c)", "a", ""},
             Case{"Joe (x) <a@b> (y)", "a@b", ""},
             Case{"\"Joe, X\" <a@b>", "a@b", ""},
             Case{"Joe . X . <a@b>", "a@b", ""},
             Case{"=?utf-8?q?a?= <a@b>", "a@b", ""},
             Case{"Joe <@x:a@b>", "a@b", ""},
             Case{"@x:a@b", "a@b", ""},
             Case{"<@x,@y:a@b>", "a@b", ""},
             Case{"<\"a\">", "\"a\"", ""},
             Case{"\"a\".\"b\"@c", "\"a\".\"b\"@c", ""},
             Case{"a<b@c>", "b@c", ""},
             Case{"|foo", "|foo", ""},
             Case{"\xe9@b", "\xe9@b", ""},
             Case{"a@b-.c", "a@b-.c", ""},
             Case{"\"\"@b", "\"\"@b", ""},
             Case{"a (x (y) \\) z) @ b", "a@b", ""},
         })
        check(row, {});
}

TEST(AddressParser, RefusesWithEximsWords)
{
    for (const auto& row : {
             Case{"<>", "", "missing or malformed local part"},
             Case{"", "", "empty address"},
             Case{" (c) ", "", "empty address"},
             Case{"<a@b", "", "'>' missing at end of address"},
             Case{"a@b>", "", "malformed address: > may not follow a@b"},
             Case{"<<a@b>>", "", "missing or malformed local part"},
             Case{"<a@b.>", "", "domain missing or malformed"},
             Case{"<a@.b>", "", "domain missing or malformed"},
             Case{"<a@b..c>", "", "domain missing or malformed"},
             Case{"<\"a b@c>", "", "unmatched doublequote in local part"},
             Case{"<@b>", "", "no local part"},
             Case{"@x", "", "no local part"},
             Case{"<@x:a>", "", "domain missing in source-routed address"},
             Case{"<@x:>", "", "missing or malformed local part"},
             Case{"<@>", "", "domain missing or malformed"},
             Case{"<a@b@c>", "", "malformed address: @c> may not follow <a@b"},
             Case{"<a@b_c>", "", "malformed address: _c> may not follow <a@b"},
             Case{"<a@b>foo", "", "malformed address: foo may not follow <a@b>"},
             Case{"<a,b@c>", "", "\"@\" or \".\" expected after \"a\""},
             Case{"<a b@c>", "", "\"@\" or \".\" expected after \"a\""},
             Case{"<\"a\"b@c>", "", "\"@\" or \".\" expected after \"\"a\"\""},
             Case{"a; b", "", "malformed address: ; b may not follow a"},
             Case{"a.b ;", "", "malformed address: ; may not follow a.b "},
             Case{"a b; c", "", "missing or malformed local part (expected word or \"<\")"},
             Case{";a", "", "empty address"},
             Case{"a,b@c", "", "missing or malformed local part (expected word or \"<\")"},
             Case{"a b c@d", "", "missing or malformed local part (expected word or \"<\")"},
             Case{"[a@b", "", "missing or malformed local part (expected word or \"<\")"},
             Case{"<a@-b>", "", "domain missing or malformed"},
             Case{"<a@\xe9>", "", "domain missing or malformed"},
             Case{"a@[1.2.3.4]", "", "domain literals not allowed"},
             Case{"<a\x01@c>", "", "\"@\" or \".\" expected after \"a\""},
         })
        check(row, {});
}

TEST(AddressParser, ObeysItsOptions)
{
    const AddressRules literals{.allow_domain_literals = true};
    check({"<a@[IPv6:::1]>", "a@[IPv6:::1]", ""}, literals);
    check({"<a@[foo]>", "", "malformed domain literal"}, literals);
    check({"<a@[127.0.0.1>", "", "malformed domain literal"}, literals);
    check({"<a@127.0.0.1]>", "", "malformed address: ]> may not follow <a@127.0.0.1"}, literals);

    const AddressRules excess{.strip_excess_angle_brackets = true};
    check({"<<<a@b>>>", "a@b", ""}, excess);
    check({"<<a@b>", "", "'>' missing at end of address"}, excess);
    check({"<a@b>>", "", "malformed address: > may not follow <a@b>"}, excess);

    const AddressRules dotted{.strip_trailing_dot = true};
    check({"<a@b.>", "a@b", ""}, dotted);
    check({"<a@b..>", "", "domain missing or malformed"}, dotted);
    check({"<a@.>", "", "domain missing or malformed"}, dotted);

    const AddressRules utf8{.allow_utf8_domains = true};
    check({"a@\xc3\xa9.com", "a@\xc3\xa9.com", ""}, utf8);
    check({"a@\xe9.com", "", "domain missing or malformed"}, utf8);

    const AddressRules null{.allow_null = true};
    check({"<>", "", ""}, null);
    check({"< >", "", ""}, null);
    EXPECT_TRUE(parse_address("<>", null));
}

TEST(AddressParser, SaysWhereTheAddressStands)
{
    const std::string_view text = " Joe <@x:a@b> (c)";
    const auto got = parse_address(text);
    ASSERT_TRUE(got);
    EXPECT_EQ(text.substr(got->begin, got->end - got->begin), "@x:a@b");
    const std::string_view bare = "(x) a . b (y)";
    const auto local = parse_address(bare);
    ASSERT_TRUE(local);
    EXPECT_EQ(bare.substr(local->begin, local->end - local->begin), "a . b");
    EXPECT_FALSE(local->has_domain());
}

TEST(AddressParser, RefusesAddressesBeyond256Octets)
{
    EXPECT_TRUE(parse_address("<" + std::string(254, 'a') + "@b>"));
    const auto got = parse_address("<" + std::string(255, 'a') + "@b>");
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().text, "address is ridiculously long: " + std::string(64, 'a') + "...");
}

std::string addresses(std::string_view text)
{
    std::string out;
    for (const auto& item : parse_address_list(text).items) {
        out += item.parsed ? item.parsed->address : "!";
        if (!item.group.empty())
            out += "{" + item.group + "}";
        out += ' ';
    }
    return out;
}

TEST(AddressList, KnowsGroupsCommentsQuotesAndEmptyItems)
{
    EXPECT_EQ(addresses("a@b, (x,y) \"c,d\" <e@f>, grp: g@h, <i@j>;, k@l"), "a@b e@f g@h{grp} i@j{grp} k@l ");
    EXPECT_EQ(addresses("grp:;"), "");
    EXPECT_EQ(addresses("undisclosed-recipients:;"), "");
    EXPECT_EQ(addresses("grp: (x) ; , a@b"), "a@b ");
    EXPECT_EQ(addresses(" a , , b"), "a b ");
    EXPECT_EQ(addresses("a b c, d@e"), "! d@e ");
    EXPECT_EQ(addresses("<@a,@b:c@d>, e@f"), "c@d e@f ");
    EXPECT_EQ(addresses("a@[1.2,3], b@c"), "! ! b@c ");
    EXPECT_EQ(addresses("a\\,b@c, d@e"), "a\\,b@c d@e ");
    EXPECT_EQ(addresses("(a, b@c"), "");
}

TEST(AddressList, GivesOffsetsIntoTheWholeText)
{
    const std::string_view text = "x@y,\r\n Joe <a@b> , c (d)";
    const auto list = parse_address_list(text);
    ASSERT_EQ(list.items.size(), 3u);
    EXPECT_EQ(text.substr(list.items[1].begin, list.items[1].end - list.items[1].begin), "Joe <a@b>");
    EXPECT_EQ(text.substr(list.items[1].parsed->begin, list.items[1].parsed->end - list.items[1].parsed->begin),
              "a@b");
    EXPECT_EQ(text.substr(list.items[2].parsed->begin, list.items[2].parsed->end - list.items[2].parsed->begin),
              "c");
}

TEST(AddressList, StopsAtItsLimit)
{
    const auto list = parse_address_list("a@b,c@d,e@f", {}, 2);
    EXPECT_EQ(list.items.size(), 2u);
    EXPECT_TRUE(list.too_many);
}

TEST(AddressList, TakesLinearTimeForHostileText)
{
    for (std::string_view piece : {"@a,", "[", "(", "\"", "<", "<@", "a:", ":", ";", "\\", "a.", "(\\"}) {
        std::string text;
        while (text.size() < 300'000)
            text += piece;
        parse_address_list(text);
        EXPECT_FALSE(parse_address(text) && parse_address(text)->address.size() > max_address);
    }
}

TEST(AddressEnd, IsAtACommaOrANewline)
{
    EXPECT_EQ(find_address_end("a, b"), 1u);
    EXPECT_EQ(find_address_end("\"a,b\" c, d"), 7u);
    EXPECT_EQ(find_address_end("a\nb"), 3u);
    EXPECT_EQ(find_address_end("a\nb", true), 1u);
}

}
}
