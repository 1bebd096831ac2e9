#include "tests/unit/router/house.h"

namespace gp::router {
namespace {

using Kind = Purpose::Kind;

std::string accept(const std::string& name, const std::string& options)
{
    return name + ":\n  driver = accept\n  transport = file\n" + options;
}
std::string redirect(const std::string& name, const std::string& options)
{
    return name + ":\n  driver = redirect\n  pipe_transport = pipe\n  file_transport = file\n" + options;
}
const std::string routers = "begin routers\n";

TEST(Chain, AsksRoutersInTheirOrder)
{
    House house{routers + accept("a", "  local_parts = x\n") + accept("b", "")};
    EXPECT_EQ(house.route("x@d.example"), "x@d.example: a > file\n");
    EXPECT_EQ(house.route("y@d.example"), "y@d.example: b > file\n");
}

TEST(Chain, SaysTheTextOfTheLastRouterThatWasLookedAt)
{
    House house{routers + accept("a", "  domains = no\n  cannot_route_message = first\n") +
                accept("b", "  domains = no\n  cannot_route_message = nobody called $local_part here\n")};
    EXPECT_EQ(house.route("X@d.example"), "X@d.example: - failed: nobody called x here\n");
}

TEST(Chain, SkipsWhatAConditionCannotDecideAndDefersWhenALookUpMustWait)
{
    House house{routers + accept("a", "  condition = ${if eq{$local_part}{x}{${lookup dnsdb{defer_strict,a=broken.example}{yes}}}{no}}\n") +
                    accept("b", ""),
                "broken.example SERVFAIL\n"};
    EXPECT_EQ(house.route("y@d.example"), "y@d.example: b > file\n");
    EXPECT_EQ(house.route("x@d.example"), "x@d.example: a deferred: condition check lookup defer\n");
}

TEST(Chain, AFileThatIsNotThereIsNoDeferralOfACondition)
{
    for (const std::string text : {"${lookup{$local_part}lsearch{/nonexistent/file}{yes}{no}}", "${lookup{x}cdb{/nonexistent/file}{yes}{no}}",
                                   "${lookup{x}dsearch{/nonexistent}{yes}{no}}", "${readfile{/nonexistent/file}}"}) {
        House house{routers + accept("a", "  condition = " + text + "\n") + accept("b", "")};
        EXPECT_EQ(house.route("x@d.example"), "x@d.example: b > file\n") << text;
    }
    // In a list, or where a value is wanted, the address waits.
    House list{routers + accept("a", "  domains = lsearch;/nonexistent/file\n") + accept("b", "")};
    EXPECT_EQ(list.route("x@d.example"), "x@d.example: a deferred: domains check lookup or other defer\n");
    House data{routers + redirect("a", "  data = ${lookup{x}lsearch{/nonexistent/file}}\n") + accept("b", "")};
    EXPECT_NE(data.route("x@d.example").find("x@d.example: a deferred: "), std::string::npos);
}

TEST(Chain, DirectoriesAreLookedForWhenSomethingIsDelivered)
{
    House house{routers + accept("a", "  transport_home_directory = ${lookup{x}lsearch{/nonexistent/file}}\n")};
    EXPECT_EQ(house.route("x@d.example", Kind::test), "x@d.example: a > file\n");
    EXPECT_EQ(house.route("x@d.example", Kind::verify_recipient), "x@d.example: a > file\n");
    EXPECT_NE(house.route("x@d.example").find("x@d.example: a deferred: "), std::string::npos);
}

TEST(Chain, AllConditionsMustHold)
{
    House house{routers + accept("a", "  condition = yes\n  condition = ${if eq{$local_part}{x}}\n") + accept("b", "")};
    EXPECT_EQ(house.route("x@d.example"), "x@d.example: a > file\n");
    EXPECT_EQ(house.route("y@d.example"), "y@d.example: b > file\n");
}

TEST(Chain, TakesOffPrefixesAndSuffixes)
{
    House house{routers + accept("a", "  local_part_prefix = real- : *-x-\n  local_part_suffix = +* : _*\n"
                                      "  local_part_suffix_optional\n"
                                      "  address_data = $local_part_prefix|$local_part_prefix_v|$local_part|$local_part_suffix|$local_part_suffix_v\n")};
    EXPECT_EQ(house.routed("real-joe+tag@d.example").address_data.text, "real-||joe|+tag|tag");
    EXPECT_EQ(house.routed("ab-x-joe@d.example").address_data.text, "ab-x-|ab|joe||");
    EXPECT_EQ(house.route("joe@d.example"), "joe@d.example: - failed: Unrouteable address\n");
}

TEST(Chain, AnAffixMayBeTheWholeLocalPart)
{
    House house{routers + accept("a", "  local_part_prefix = x-\n") + accept("b", "  local_part_suffix = +*\n") + accept("c", "")};
    EXPECT_EQ(house.route("x-@d.example"), "x-@d.example: a > file\n");
    EXPECT_EQ(house.route("+y@d.example"), "+y@d.example: b > file\n");
    EXPECT_EQ(house.route("x@d.example"), "x@d.example: c > file\n");
}

TEST(Chain, RoutersSeeALocalPartWithoutItsQuotes)
{
    House house{routers + accept("a", "  local_parts = ^q b\n  address_data = <$local_part>\n") + accept("b", "")};
    const auto routed = house.routed("\"Q b\"@d.example");
    EXPECT_EQ(routed.address_data.text, "<q b>");
    ASSERT_EQ(routed.deliveries.size(), 1u);
    EXPECT_EQ(routed.deliveries[0].address, "\"Q b\"@d.example");
    EXPECT_EQ(routed.deliveries[0].local_part, "q b");
}

TEST(Chain, KeepsAddressDataAndVariablesOfRoutersThatDecline)
{
    House house{routers + redirect("a", "  set = r_one = 1$local_part\n  set = r_two = ${r_one}2\n  address_data = $r_two!\n  data =\n") +
                accept("b", "  set = r_two = $r_two/$address_data\n  address_data = $r_one $r_two\n")};
    EXPECT_EQ(house.routed("x@d.example").address_data.text, "1x 1x2/1x2!");
}

TEST(Chain, AForcedFailureOfAddressDataDeclines)
{
    House house{routers + accept("a", "  address_data = ${if eq{$local_part}{x}{fine}fail}\n") +
                accept("b", "  address_data = second\n")};
    EXPECT_EQ(house.route("x@d.example"), "x@d.example: a > file\n");
    EXPECT_EQ(house.route("y@d.example"), "y@d.example: b > file\n");
}

TEST(Chain, MoreAndUnseenMustBeBooleans)
{
    House house{routers + redirect("a", "  more = ${if eq{$local_part}{x}{no}{maybe}}\n  data =\n") + accept("b", "")};
    EXPECT_EQ(house.route("x@d.example"), "x@d.example: - failed: Unrouteable address\n");
    EXPECT_EQ(house.route("y@d.example"), "y@d.example: a deferred: \"maybe\" is not a valid value for the \"more\" option\n");
}

TEST(Chain, UnseenGoesOnWithoutTheHeadersThatWereAdded)
{
    House house{routers + accept("a", "  unseen\n  headers_add = X-One: 1\n") + "b:\n  driver = accept\n  transport = pipe\n  headers_add = X-Two: 2\n"};
    const auto routed = house.routed("x@d.example");
    ASSERT_EQ(routed.deliveries.size(), 2u);
    EXPECT_EQ(routed.deliveries[0].headers_add, "X-One: 1\n");
    EXPECT_EQ(routed.deliveries[1].headers_add, "X-Two: 2\n");
    EXPECT_EQ(routed.deliveries[0].unique, "x@d.example/a"); // or qmgr takes the second for the first
    EXPECT_EQ(routed.deliveries[1].unique, "x@d.example");   // whatever routers before it do at another attempt
}

TEST(Chain, UnseenDeliversACopyByTheSameTransport)
{
    House house{routers + accept("a", "  unseen\n") + accept("b", "  address_data = $parent_local_part@$parent_domain\n")};
    EXPECT_EQ(house.route("x@d.example"), "x@d.example: a > file\nx@d.example: b > file\n");
    EXPECT_EQ(house.routed("x@d.example").address_data.text, "x@d.example"); // which the copy came from
}

// An address verifies by what becomes of it in the end.
TEST(Chain, UnseenCountsForNothingWhereAnAddressIsVerified)
{
    House house{routers + accept("a", "  unseen\n  local_parts = x : y\n") + redirect("b", "  unseen\n  local_parts = z\n  data = :blackhole:\n") + accept("c", "  local_parts = y\n")};
    for (const auto* address : {"x@d.example", "z@d.example"})
        EXPECT_EQ(house.route(address, Purpose::Kind::verify_recipient), std::string(address) + ": - failed: Unrouteable address\n");
    EXPECT_EQ(house.route("y@d.example", Purpose::Kind::verify_recipient), "y@d.example: c > file\n");
    EXPECT_EQ(house.routed("y@d.example", Purpose::Kind::test).deliveries.size(), 2u);
}

TEST(Chain, ASenderThatIsVerifiedHasNoSender)
{
    House house{routers + accept("a", "  senders = :\n")};
    EXPECT_EQ(house.route("x@d.example", Purpose::Kind::verify_sender), "x@d.example: a > file\n");
    EXPECT_EQ(house.route("x@d.example", Purpose::Kind::verify_recipient), "x@d.example: - failed: Unrouteable address\n");
}

// The case of a local part tells no addresses apart unless the router says so.
TEST(Chain, AnAncestorIsKnownInAnyCase)
{
    House loop{routers + redirect("a", "  data = $local_part\n  qualify_domain = d.example\n")};
    EXPECT_EQ(loop.routed("X@D.example").unrouted.at(0).ancestors.size(), 0u);
    House checked{routers + redirect("a", "  data = x@d.example\n  check_ancestor\n")};
    EXPECT_EQ(checked.routed("X@d.example").unrouted.at(0).address, "X@d.example");
    House caseful{routers + redirect("a", "  data = x@d.example\n  check_ancestor\n  caseful_local_part\n")};
    EXPECT_EQ(caseful.routed("X@d.example").unrouted.at(0).address, "x@d.example");
}

TEST(Chain, ATransportThatCannotBeNamedDefersInEximsWords)
{
    House house{routers + "a:\n  driver = accept\n  transport = $local_part\n"};
    const auto routed = house.routed("file@d.example");
    ASSERT_EQ(routed.unrouted.size(), 1u);
    EXPECT_EQ(routed.unrouted[0].text, "internal configuration error");
    EXPECT_EQ(routed.unrouted[0].error_number, -30);
    House empty{routers + "a:\n  driver = accept\n  transport = ${if eq{a}{b}{file}}\n"};
    EXPECT_EQ(empty.route("x@d.example"), "x@d.example: a deferred: transport \"\" not found in a router\n");
}

TEST(Chain, WhoADeliveryRunsAsAndWhereItGoesMustBeKnown)
{
    const auto trouble = [](const std::string& option) {
        House house{routers + "a:\n  driver = accept\n  transport = t\nbegin transports\nt:\n  driver = appendfile\n" + option};
        const auto routed = house.routed("x@d.example");
        return routed.unrouted.empty() ? std::string{} : std::to_string(routed.unrouted[0].error_number) + " " + routed.unrouted[0].text;
    };
    EXPECT_EQ(trouble("  file = /x\n  user = ${if eq{a}{b}{x}fail}\n"),
              "-29 Failed to expand user string \"${if eq{a}{b}{x}fail}\" for the t transport: \"if\" failed and \"fail\" requested");
    EXPECT_EQ(trouble("  file = /x\n  group = ${if eq{a}{a}{no such group}}\n"),
              "-29 Failed to find group \"no such group\" from expanded string \"${if eq{a}{a}{no such group}}\" for the t transport");
    EXPECT_EQ(trouble("  file = ${if eq{a}{b}{x}fail}\n"), "0 Expansion of \"${if eq{a}{b}{x}fail}\" (file or directory name for t transport) "
                                                         "failed: \"if\" failed and \"fail\" requested");
}

// As Exim 4.96 lists them in -bt: the copy and what was routed have an invented parent of the same name.
TEST(Chain, AnAddressThatUnseenCopiedIsItsOwnParent)
{
    using Names = std::vector<std::string>;
    House house{routers + redirect("a", "  unseen\n  data = ${if eq{$local_part}{x}{y@d.example}}\n") + accept("b", "")};
    const auto routed = house.routed("x@d.example", Purpose::Kind::test);
    ASSERT_EQ(routed.deliveries.size(), 2u);
    EXPECT_EQ(routed.ancestors_of_deliveries[0], (Names{"x@d.example"}));
    EXPECT_EQ(routed.ancestors_of_deliveries[1], (Names{"x@d.example", "x@d.example"}));
}

TEST(Chain, ADeliveryKnowsWhatMadeItUpToTheRecipient)
{
    using Names = std::vector<std::string>;
    House house{routers + redirect("a", "  local_parts = ^r\n  data = ${substr_1:$local_part}@d.example\n") + accept("b", "  local_parts = x\n")};
    const auto ancestors = [&](const char* address) { return house.routed(address).deliveries.at(0).ancestors; };
    EXPECT_EQ(ancestors("x@d.example"), Names{});
    EXPECT_EQ(ancestors("rx@d.example"), Names{});
    EXPECT_EQ(ancestors("rrrx@d.example"), (Names{"rx@d.example", "rrx@d.example"}));
    EXPECT_EQ(house.routed("rrrx@d.example").deliveries.at(0).parent, "rx@d.example");
    EXPECT_EQ(house.routed("rrry@d.example").unrouted.at(0).ancestors, (Names{"ry@d.example", "rry@d.example"}));
    EXPECT_EQ(house.routed("rrry@d.example").unrouted.at(0).depth, 3u);
}

// As Exim 4.96 logs them: => /dev/null (x@d.example) <x@d.example>, where x is its own parent.
TEST(Chain, WhatAnAliasMakesOfACopyHasTheCopyForItsParent)
{
    using Names = std::vector<std::string>;
    House house{routers + accept("a", "  unseen\n  local_parts = x\n") + redirect("b", "  local_parts = x : p\n  data = ${if eq{$local_part}{p}{x@d.example}{/dev/null}}\n")};
    EXPECT_EQ(house.routed("x@d.example").unrouted.at(0).ancestors, Names{"x@d.example"});
    EXPECT_EQ(house.routed("x@d.example").deliveries.at(0).ancestors, Names{});
    const auto below = house.routed("p@d.example");
    EXPECT_EQ(below.unrouted.at(0).ancestors, (Names{"x@d.example", "x@d.example"}));
    EXPECT_EQ(below.deliveries.at(0).ancestors, Names{"x@d.example"});
}

// As Exim 4.96 logs them: without quotes, in the case that counted for the last router.
TEST(Chain, WhatHasNoRouteIsLoggedAsTheLastRouterSawIt)
{
    House house{routers + redirect("a", "  local_parts = ^cf\n  caseful_local_part\n  allow_fail\n  data = :fail: no\n") + redirect("b", "  local_parts = ^qf\n  allow_fail\n  data = :fail: no\n")};
    const auto logged = [&](const char* address) { return house.routed(address).unrouted.at(0).logged_as; };
    EXPECT_EQ(logged("\"cf A  b\"@D.example"), "cf A  b@d.example");
    EXPECT_EQ(logged("\"qf A\"@d.example"), "qf a@d.example");
}

TEST(Chain, AListThatCannotBeReadDefersInEximsWords)
{
    House house{routers + accept("a", "  domains = ${lookup{x}lsearch{/no/such/file}}\n")};
    EXPECT_EQ(house.route("x@d.example"), "x@d.example: a deferred: domains check lookup or other defer\n");
}

TEST(Chain, ExpandsItemsOfHeadersOneByOne)
{
    House house{routers + accept("a", "  headers_add = X-One: 1\n  headers_add = ${if eq{a}{b}{X-No: 1}fail}\n"
                                      "  headers_remove = ${if eq{a}{b}{x}fail} : Subject\n")};
    const auto routed = house.routed("x@d.example");
    ASSERT_EQ(routed.deliveries.size(), 1u);
    EXPECT_EQ(routed.deliveries[0].headers_add, "X-One: 1\n");
    EXPECT_EQ(routed.deliveries[0].headers_remove, std::vector<std::string>{"Subject"});
}

TEST(Chain, ErrorsToCountsOnlyWhenItVerifies)
{
    House house{routers + accept("a", "  domains = d.example\n  errors_to = ${if eq{$local_part}{x}{good@d.example}{bad@no.example}}\n")};
    EXPECT_EQ(house.routed("x@d.example").deliveries.at(0).return_path, "good@d.example");
    EXPECT_EQ(house.routed("y@d.example").deliveries.at(0).return_path, "");
}

TEST(Chain, ErrorsToIsForWhatTheRouterItselfFails)
{
    House house{routers + redirect("a", "  allow_fail\n  data = :fail: gone\n  errors_to = ${if eq{$local_part}{x}{good@e.example}{}}\n  domains = d.example\n") +
                accept("b", "  domains = e.example\n")};
    EXPECT_EQ(house.routed("x@d.example").unrouted.at(0).errors_to, "good@e.example");
    EXPECT_EQ(house.routed("y@d.example").unrouted.at(0).errors_to, "<>");
}

TEST(Chain, AnEmptyErrorsToThrowsReportsAway)
{
    House house{routers + accept("a", "  errors_to =\n")};
    EXPECT_EQ(house.routed("x@d.example").deliveries.at(0).return_path, "<>");
}

TEST(Chain, RunsRoutersForTheirPurposeOnly)
{
    House house{routers + accept("v", "  verify_only\n") + accept("t", "  no_address_test\n  no_verify\n") + accept("l", "")};
    EXPECT_EQ(house.route("x@d.example"), "x@d.example: t > file\n");
    EXPECT_EQ(house.route("x@d.example", Kind::verify_sender), "x@d.example: v > file\n");
    EXPECT_EQ(house.route("x@d.example", Kind::test), "x@d.example: l > file\n");
}

TEST(Chain, FailsVerificationWhereTheRouterSaysSo)
{
    House house{routers + accept("a", "  fail_verify_sender\n  address_data = mode $verify_mode\n")};
    EXPECT_EQ(house.route("x@d.example", Kind::verify_sender), "x@d.example: a failed: a router forced verify failure\n");
    EXPECT_EQ(house.routed("x@d.example", Kind::verify_recipient).address_data.text, "mode R");
    EXPECT_EQ(house.routed("x@d.example").address_data.text, "mode ");
}

TEST(Chain, RequiresFiles)
{
    test::TempDir directory;
    const auto path = write_file(directory, "there", "", 0600);
    const auto told = [&](const std::string& list) {
        House house{routers + accept("a", "  require_files = " + list + "\n") + accept("b", "")};
        return house.route("x@d.example");
    };
    const auto asked = [&](const std::string& list) { return told(list).substr(13, 1); };
    EXPECT_EQ(asked(path), "a");
    EXPECT_EQ(asked("!" + path), "b");
    EXPECT_EQ(asked(directory.path() + "/missing"), "b");
    EXPECT_EQ(asked("!" + directory.path() + "/missing"), "a");
    EXPECT_EQ(asked("12345,12345 : +" + path), "b"); // a user who may not read it
    EXPECT_NE(told("12345,12345 : " + path).find("require_files: error for " + path + ": Permission denied"), std::string::npos);
    EXPECT_NE(told("no-such-user-here : " + path).find("user \"no-such-user-here\" for require_files not found"), std::string::npos);
    EXPECT_EQ(asked("${if eq{a}{b}{/x}fail} : " + path), "a");
}

TEST(Chain, RedirectsDepthFirstAndDropsDuplicates)
{
    House house{routers + redirect("a", "  domains = d.example\n  data = ${if eq{$local_part}{x}{y@d.example, z@e.example, y@d.example}fail}\n") + accept("b", "")};
    EXPECT_EQ(house.route("x@d.example"), "y@d.example: b > file\nz@e.example: b > file\n");
}

TEST(Chain, PipesOfTheSameTextHaveTheirParentsApart)
{
    House house{routers + redirect("a", "  data = |/bin/cat\n")};
    const auto routed = house.routed("x@d.example");
    ASSERT_EQ(routed.deliveries.size(), 1u);
    EXPECT_EQ(routed.deliveries[0].unique, "x@d.example:|/bin/cat");
    EXPECT_EQ(routed.deliveries[0].kind, "pipe");
}

TEST(Chain, ARouterDoesNotSeeItsOwnAddressAgain)
{
    House house{routers + redirect("a", "  local_parts = x\n  data = x, other@e.example\n  qualify_preserve_domain\n") + accept("b", "")};
    EXPECT_EQ(house.route("x@d.example"), "x@d.example: b > file\nother@e.example: b > file\n");
}

TEST(Chain, CheckAncestorPutsTheAddressItselfInThePlaceOfItsAncestor)
{
    House house{routers + redirect("alias", "  local_parts = joe.bloggs\n  data = jb@d.example\n") +
                redirect("forward", "  local_parts = jb\n  check_ancestor\n  data = Joe.Bloggs@d.example\n") +
                accept("box", "  local_parts = jb\n")};
    EXPECT_EQ(house.route("joe.bloggs@d.example"), "jb@d.example: box > file\n");
}

TEST(Chain, ABoundEndsRedirectionsInARow)
{
    House house{routers + redirect("a", "  data = a$local_part@d.example\n")};
    EXPECT_TRUE(house.route("x@d.example").ends_with("ax@d.example: a failed: too many redirections (address_depth)\n"));
}

TEST(Chain, RedirectRouterAndPassRouterNameWhereToGoOn)
{
    House house{routers + redirect("a", "  local_parts = x\n  data = y@d.example\n  redirect_router = c\n") + accept("b", "") + accept("c", "")};
    EXPECT_EQ(house.route("x@d.example"), "y@d.example: c > file\n");
}

TEST(Chain, LogsByLocalPartWhereTheRouterSaysSo)
{
    House house{routers + accept("a", "  local_parts = x\n") + accept("b", "  no_log_as_local\n")};
    EXPECT_TRUE(house.routed("x@d.example").deliveries.at(0).log_as_local);
    EXPECT_FALSE(house.routed("y@d.example").deliveries.at(0).log_as_local);
}

TEST(Chain, RetryKeysFollowTheOptionOfRouterAndTransport)
{
    House house{routers + accept("a", "  domains = a.example\n") +
                    "d:\n  driver = dnslookup\n  transport = smtp\n  no_retry_use_local_part\n",
                "b.example SERVFAIL\nc.example A 192.0.2.1\n"};
    EXPECT_EQ(house.routed("x@a.example").deliveries.at(0).retry_key, "R:x@a.example");
    EXPECT_EQ(house.routed("x@c.example").deliveries.at(0).retry_key, "R:c.example");
    EXPECT_EQ(house.routed("x@b.example").unrouted.at(0).retry_key, "");
    House keyed{routers + "d:\n  driver = dnslookup\n  transport = smtp\n  retry_use_local_part\n", "b.example SERVFAIL\n"};
    EXPECT_EQ(keyed.routed("x@b.example").unrouted.at(0).retry_key, "R:x@b.example");
}

// As Exim: a home directory that a stranger names may be a place to be in, and no file is named by it.
TEST(Chain, HomeKeepsTheMarkOfWhoNamedIt)
{
    const auto house = [](const std::string& router, const std::string& transport) {
        return House{routers + "a:\n  driver = accept\n  transport = t\n" + router + "begin transports\nt:\n  driver = appendfile\n  user = 2000\n  group = 2000\n" + transport};
    };
    for (const auto* router : {"  transport_home_directory = /h/$local_part\n", "  router_home_directory = /h/$local_part\n"}) {
        EXPECT_NE(house(router, "  file = $home/box\n").route("x@d.example").find("Tainted '/h/x/box'"), std::string::npos) << router;
        EXPECT_EQ(house(router, "  file = /m/box\n").route("x@d.example"), "x@d.example: a > t\n") << router;
        EXPECT_EQ(house(router, "  home_directory = /h/all\n  file = $home/box\n").route("x@d.example"), "x@d.example: a > t\n") << router;
    }
    EXPECT_NE(house("", "  home_directory = /h/$local_part\n  file = $home/box\n").route("x@d.example").find("Tainted '/h/x/box'"), std::string::npos);
    EXPECT_EQ(house("  transport_home_directory = /h/all\n", "  file = $home/box\n").route("x@d.example"), "x@d.example: a > t\n");
}

TEST(Chain, AReplysFileIsNotLookedForInAHomeThatAStrangerNames)
{
    House house{routers + "a:\n  driver = accept\n  transport = t\n  transport_home_directory = /h/$local_part\nbegin transports\nt:\n  driver = autoreply\n"
                          "  user = 2000\n  group = 2000\n  to = a@b.example\n  file = note\n  file_expand\n"};
    EXPECT_NE(house.route("x@d.example").find("Tainted '/h/x/note'"), std::string::npos) << house.route("x@d.example");
}

TEST(Chain, TransportHomeIsThePasswordFilesBeforeTheRouters)
{
    House house{routers + accept("a", "  check_local_user\n  router_home_directory = /nowhere/router\n  address_data = $home\n")};
    const auto routed = house.routed("daemon@d.example");
    ASSERT_EQ(routed.deliveries.size(), 1u);
    EXPECT_EQ(routed.address_data.text, "/nowhere/router");
    EXPECT_EQ(routed.deliveries[0].home, "/usr/sbin");
}

}
}
