#include "common/mail/address.h"

#include "common/mail/local_origin.h"

#include <gtest/gtest.h>

namespace gp::mail {
namespace {

TEST(Address, SplitsAtTheAtThatIsNotQuoted)
{
    EXPECT_EQ(domain_of("a@b.example"), "b.example");
    EXPECT_EQ(domain_of("\"a@x\"@b.example"), "b.example");
    EXPECT_EQ(local_part_of("a\\@x@b.example"), "a\\@x");
    EXPECT_EQ(domain_of("postmaster"), "");
    EXPECT_EQ(domain_of("root@@HOST@@"), "");
    EXPECT_EQ(local_part_of("root@@HOST@@"), "root@@HOST@");
    EXPECT_EQ(domain_of("\"a@b\""), "");
    EXPECT_EQ(Address::from("a@b").text(), "a@b");
}

TEST(Address, ComparesDomainsWithoutCaseAndLocalPartsWithIt)
{
    EXPECT_TRUE(same_address("a@EXAMPLE.org", "a@example.ORG"));
    EXPECT_FALSE(same_address("A@example.org", "a@example.org"));
    EXPECT_EQ(Address::from("a@B"), Address::from("a@b"));
}

TEST(Address, QuotesALocalPartOnlyWhenItMust)
{
    EXPECT_EQ(quote_local_part("a.b+c"), "a.b+c");
    EXPECT_EQ(quote_local_part("a b"), "\"a b\"");
    EXPECT_EQ(quote_local_part(".a"), "\".a\"");
    EXPECT_EQ(quote_local_part("a..b"), "\"a..b\"");
    EXPECT_EQ(quote_local_part("a\"b\\"), "\"a\\\"b\\\\\"");
    EXPECT_EQ(quote_local_part(""), "\"\"");
    EXPECT_EQ(unquote_local_part("\"a \\\"b\\\"\""), "a \"b\"");
}

TEST(Address, FindsTheAddressInADomainLiteral)
{
    EXPECT_EQ(domain_literal_of("[192.0.2.1]"), "192.0.2.1");
    EXPECT_EQ(domain_literal_of("[IPv6:::1]"), "::1");
    EXPECT_EQ(domain_literal_of("example.org"), "");
}

TEST(Address, OfALoginIsQuotedWhereItMustBe)
{
    EXPECT_EQ(address_of_login("ann", "b.example"), "ann@b.example");
    EXPECT_EQ(address_of_login("an n", "b.example"), "\"an n\"@b.example");
}

}
}
