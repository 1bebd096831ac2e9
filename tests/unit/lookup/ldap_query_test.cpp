// What stands in an LDAP query before and in its URL (manual 9.15 to 9.18).

#include "common/lookup/ldap_query.h"

#include <gtest/gtest.h>

#include "common/lookup/ldap_lookup.h"

namespace gp::lookup {
namespace {

std::string reason(std::string_view text)
{
    const auto query = parse_ldap_query(text);
    return query ? "" : query.error().text;
}

TEST(LdapQuery, IsAUrlWithServerBaseAttributesScopeAndFilter)
{
    const auto query = parse_ldap_query("ldap://host.example:390/o=base%20x?sn,cn?sub?(uid=fred)");
    ASSERT_TRUE(query);
    EXPECT_EQ(query->host, "host.example");
    EXPECT_EQ(query->port, 390u);
    EXPECT_EQ(query->search, "o=base%20x?sn,cn?sub?(uid=fred)");
    EXPECT_EQ(query->scheme, "ldap");
    EXPECT_EQ(parse_ldap_query("  ldap:///o=x")->host, "");
}

TEST(LdapQuery, MayBeginWithSettingsInAnyOrder)
{
    const auto query = parse_ldap_query("user=\"cn=manager,o=University of Cambridge,c=UK\" pass=secret "
                                        "SIZE=5 time=7 nettime=3 dereference=finding referrals=nofollow servers=a:b::390 ldaps:///o=x?sn");
    ASSERT_TRUE(query) << query.error().text;
    EXPECT_EQ(query->user, "cn=manager,o=University of Cambridge,c=UK");
    EXPECT_EQ(query->password, "secret");
    EXPECT_EQ(query->size_limit, 5u);
    EXPECT_EQ(query->time_limit, 7u);
    EXPECT_EQ(query->network_timeout, 3u);
    EXPECT_EQ(query->dereference, "finding");
    EXPECT_FALSE(query->follow_referrals);
    EXPECT_EQ(query->servers, (std::vector<std::string>{"a", "b:390"}));
    EXPECT_EQ(query->scheme, "ldaps");
}

TEST(LdapQuery, TakesTheUrlQuotingOffItsUser)
{
    EXPECT_EQ(parse_ldap_query("user=cn=a%20b pass=x%20y ldap:///o=x")->user, "cn=a b");
    EXPECT_EQ(parse_ldap_query("user=cn=a%20b pass=x%20y ldap:///o=x")->password, "x%20y");
    EXPECT_EQ(without_url_quotes("%41%4g%"), "A%4g%");
}

TEST(LdapQuery, NamesASocketByItsPath)
{
    EXPECT_EQ(parse_ldap_query("ldapi://%2Frun%2Fldap/o=x")->host, "/run/ldap");
    EXPECT_NE(reason("ldapi://host/o=x").find("requires an absolute path"), std::string::npos);
    EXPECT_EQ(parse_ldap_server("/run/ldap")->socket, "/run/ldap");
    EXPECT_EQ(parse_ldap_server("[::1]:390")->host, "::1");
    EXPECT_EQ(parse_ldap_server("[::1]:390")->port, 390u);
    EXPECT_FALSE(parse_ldap_server("[::1"));
    EXPECT_FALSE(parse_ldap_server("h:99999"));
}

TEST(LdapQuery, SaysWhatIsWrongWithIt)
{
    EXPECT_NE(reason("").find("does not start with"), std::string::npos);
    EXPECT_NE(reason("http://x/").find("does not start with"), std::string::npos);
    EXPECT_NE(reason("colour=red ldap:///x").find("unknown parameter \"colour=\""), std::string::npos);
    EXPECT_NE(reason("size=many ldap:///x").find("wants a number"), std::string::npos);
    EXPECT_NE(reason("dereference=perhaps ldap:///x").find("never, searching"), std::string::npos);
    EXPECT_NE(reason("referrals=maybe ldap:///x").find("nofollow"), std::string::npos);
}

TEST(LdapQuery, ItsServersSayWhatTheWallsMustLetThrough)
{
    const auto places = ldap_places("a : b::390 : /run/ldap");
    EXPECT_EQ(places.ports, (std::vector<unsigned>{389, 390}));
    EXPECT_TRUE(places.unix_sockets);
}

TEST(LdapLogin, AnEmptyNameOrPasswordIsNoneAtAll)
{
    const Environment environment;
    EXPECT_FALSE(*ldap_login(environment, "user=cn=x pass=\"\" ldap://127.0.0.1:1/"));
    EXPECT_FALSE(*ldap_login(environment, "user=\"\" pass=x ldap://127.0.0.1:1/"));
}

}
}
