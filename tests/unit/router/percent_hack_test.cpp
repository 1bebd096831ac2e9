#include "tests/unit/router/house.h"

namespace gp::router {
namespace {

using Kind = Purpose::Kind;

const std::string hack = R"(
percent_hack_domains = hack.example : inner.example : ${if eq{$domain}{lazy.example}{lazy.example}{}} : lookup.example : \
                       ${if eq{$domain}{broken.example}{${lookup dnsdb{defer_strict,a=broken.example}}}{}}
begin routers
al:
  driver = redirect
  domains = here.example
  data = ${if eq{$local_part}{fred}{bob%there.example@hack.example}{}}
ac:
  driver = accept
  domains = !*.unknown.example
  address_data = $local_part@$domain of $original_local_part@$original_domain by $parent_local_part@$parent_domain
  transport = file
)";

TEST(PercentHack, TheLastPercentIsTheAt)
{
    House house{hack};
    EXPECT_EQ(house.route("a%b.example@hack.example"), "a@b.example: ac > file\n");
    EXPECT_EQ(house.route("a%b%c.example@HACK.example"), "a%b@c.example: ac > file\n");
    EXPECT_EQ(house.route("x%y.example%inner.example@hack.example"), "x@y.example: ac > file\n");
    EXPECT_EQ(house.route("x%y.example@lazy.example"), "x@y.example: ac > file\n");
    EXPECT_EQ(house.route("\"a b%c.example\"@hack.example"), "\"a b\"@c.example: ac > file\n");
    EXPECT_EQ(house.route("plain@hack.example"), "plain@hack.example: ac > file\n");
}

TEST(PercentHack, OtherDomainsAreLeftAlone)
{
    House house{hack};
    EXPECT_EQ(house.route("a%b.example@other.example"), "a%b.example@other.example: ac > file\n");
    EXPECT_EQ(House{"begin routers\nr:\n  driver = accept\n  transport = file\n"}.route("a%b@c.example"), "a%b@c.example: r > file\n");
}

TEST(PercentHack, WhatIsNoDomainStaysWhereItIs)
{
    House house{hack};
    for (const std::string quoted : {"a%b> NOTIFY=NEVER x", "a%b@c", "a%", "a%b c", "a%b>", "a%[192.0.2.1", "a%<b>"})
        EXPECT_EQ(house.route("\"" + quoted + "\"@hack.example"), "\"" + quoted + "\"@hack.example: ac > file\n");
    EXPECT_EQ(house.route("a%@hack.example"), "a%@hack.example: ac > file\n");
    EXPECT_EQ(house.route("\"x%b c%inner.example\"@hack.example"), "\"x%b c\"@inner.example: ac > file\n");
    EXPECT_EQ(house.route("\"a%[192.0.2.1]\"@hack.example"), "a@[192.0.2.1]: ac > file\n");
}

TEST(PercentHack, ChildrenOfChildrenAreNotTheRecipients)
{
    House house{hack};
    EXPECT_EQ(house.routed("fred@here.example", Kind::test).children, (std::vector<std::string>{"bob%there.example@hack.example"}));
    House below{"percent_hack_domains = hack.example\nbegin routers\nal:\n  driver = redirect\n  domains = here.example\n"
                "  data = ${if eq{$local_part}{fred}{bob%here.example@hack.example}{last@there.example}}\n"
                "ac:\n  driver = accept\n  transport = file\n"};
    EXPECT_EQ(below.routed("fred@here.example", Kind::verify_recipient).children, (std::vector<std::string>{"bob%here.example@hack.example"}));
    EXPECT_EQ(below.routed("bob%here.example@hack.example", Kind::verify_recipient).children, (std::vector<std::string>{"last@there.example"}));
}

TEST(PercentHack, TheAddressIsAChildOfWhatItWas)
{
    House house{hack};
    const auto routed = house.routed("a%b.example@hack.example");
    EXPECT_EQ(routed.address_data.text, "a@b.example of a%b.example@hack.example by a%b.example@hack.example");
    ASSERT_EQ(routed.deliveries.size(), 1u);
    EXPECT_EQ(routed.deliveries[0].parent, "a%b.example@hack.example");
    EXPECT_TRUE(routed.children.empty());
    const auto asked = house.routed("fred@here.example", Kind::test);
    ASSERT_EQ(asked.deliveries.size(), 1u);
    EXPECT_EQ(asked.deliveries[0].address, "bob@there.example");
    EXPECT_EQ(asked.ancestors_of_deliveries[0], (std::vector<std::string>{"bob%there.example@hack.example", "fred@here.example"}));
}

TEST(PercentHack, VerificationSeesTheOtherAddress)
{
    House house{hack};
    EXPECT_EQ(house.route("a%b.unknown.example@hack.example", Kind::verify_recipient), "a@b.unknown.example: - failed: Unrouteable address\n");
    EXPECT_EQ(house.route("a%b.example@hack.example", Kind::verify_sender), "a@b.example: ac > file\n");
}

TEST(PercentHack, AListThatCannotBeLookedThroughDefers)
{
    House house{hack, "broken.example SERVFAIL\n"};
    const auto said = house.route("a%b.example@broken.example");
    EXPECT_TRUE(said.starts_with("a%b.example@broken.example: - deferred: defer in percent_hack_domains check")) << said;
    EXPECT_EQ(house.route("a@broken.example"), "a@broken.example: ac > file\n"); // without a percent nobody looks
}

}
}
