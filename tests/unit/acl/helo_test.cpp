// verify = helo, manual 44.26: is the HELO name the client's own?
#include "tests/unit/acl/bench.h"

namespace gp::acl {
namespace {

constexpr std::string_view zone = "7.2.0.192.in-addr.arpa PTR mail.client.example\n"
                                  "mail.client.example A 192.0.2.7\n"
                                  "other.client.example A 192.0.2.7\n"
                                  "stranger.example A 192.0.2.8\n";

std::string greeted_as(const std::string& name)
{
    Bench bench{zone};
    bench.ground.origin.helo_name = name;
    return bench.verdict("require verify = helo\naccept");
}

TEST(VerifyHelo, TakesTheNameThatTheAddressHas)
{
    EXPECT_EQ(greeted_as("mail.client.example"), "accept");
    EXPECT_EQ(greeted_as("MAIL.Client.example"), "accept");
}

TEST(VerifyHelo, TakesANameThatLeadsToTheAddress)
{
    EXPECT_EQ(greeted_as("other.client.example"), "accept");
}

TEST(VerifyHelo, TakesTheAddressItself)
{
    EXPECT_EQ(greeted_as("[192.0.2.7]"), "accept");
    EXPECT_EQ(greeted_as("[192.0.2.8]"), "deny");
    EXPECT_EQ(greeted_as("["), "deny");
}

TEST(VerifyHelo, RefusesOthers)
{
    EXPECT_EQ(greeted_as("stranger.example"), "deny");
    EXPECT_EQ(greeted_as("nowhere.example"), "deny");
    EXPECT_EQ(greeted_as(""), "deny");
}

}
}
