// Domain, local part and address lists, as manual chapter 10 describes them.

#include <gtest/gtest.h>

#include "tests/unit/match/ground.h"

namespace gp::match {
namespace {

TEST(DomainList, TheFirstItemThatMatchesDecides)
{
    Ground ground;
    EXPECT_EQ(ground.domain("a.b : c.d", "C.D"), "yes c.d");
    EXPECT_EQ(ground.domain("!a.b : *.b", "a.b"), "no");
    EXPECT_EQ(ground.domain("!a.b : *.b", "x.b"), "yes *.b");
    EXPECT_EQ(ground.domain("*.b : !a.b", "a.b"), "yes *.b");
    EXPECT_EQ(ground.domain("*", "anything"), "yes *");
}

TEST(DomainList, ANegatedEndMeansEverythingElse)
{
    Ground ground;
    EXPECT_EQ(ground.domain("!a.b", "c.d"), "yes");
    EXPECT_EQ(ground.domain("x.y : !a.b", "c.d"), "yes");
    EXPECT_EQ(ground.domain("!a.b : x.y", "c.d"), "no");
    EXPECT_EQ(ground.domain("", "c.d"), "no");
}

TEST(DomainList, ChangesItsSeparator)
{
    Ground ground;
    EXPECT_EQ(ground.domain("<; a.b ; c:d", "c:d"), "yes c:d");
    EXPECT_EQ(ground.domain("<, a, b", "b"), "yes b");
    EXPECT_EQ(ground.domain("a::b : c", "a:b"), "yes a:b");
}

TEST(DomainList, RegularExpressionsSetNumbers)
{
    Ground ground;
    const auto list = List::compile(ground.lists, Kind::domain, Text::clean("^(\\w+)\\.b$ : *.c"));
    ASSERT_TRUE(list);
    const auto match = ground.lists.domain(list, "aa.b", ground.asker);
    ASSERT_TRUE(match && *match);
    ASSERT_TRUE(match->has_captures);
    EXPECT_EQ(match->captures.at(1), "aa");
    const auto suffix = ground.lists.domain(list, "x.y.c", ground.asker);
    ASSERT_TRUE(suffix && suffix->has_captures);
    EXPECT_EQ(suffix->captures.at(1), "x.y");
    EXPECT_EQ(ground.domain("^(", "x").substr(0, 6), "error:");
}

TEST(DomainList, ThisHostAndItsLiterals)
{
    Ground ground;
    EXPECT_EQ(ground.domain("@", "Me.Example"), "yes me.example") << "the value is the host's own name";
    EXPECT_EQ(ground.domain("@[]", "[192.0.2.1]"), "yes @[]");
    EXPECT_EQ(ground.domain("@[]", "[192.0.2.9]"), "no");
    EXPECT_EQ(ground.domain("@[]", "192.0.2.1"), "no");
}

TEST(DomainList, MailExchangers)
{
    Ground ground({}, "a.ex MX 5 me.ex\na.ex MX 9 other.ex\nme.ex A 192.0.2.1\nother.ex A 192.0.2.7\n"
                      "b.ex MX 5 other.ex\nb.ex MX 9 me.ex\nc.ex MX 5 other.ex\nd.ex SERVFAIL\n");
    EXPECT_EQ(ground.domain("@mx_any", "a.ex").substr(0, 3), "yes");
    EXPECT_EQ(ground.domain("@mx_primary", "a.ex").substr(0, 3), "yes");
    EXPECT_EQ(ground.domain("@mx_secondary", "a.ex"), "no");
    EXPECT_EQ(ground.domain("@mx_secondary", "b.ex").substr(0, 3), "yes");
    EXPECT_EQ(ground.domain("@mx_any", "c.ex"), "no");
    EXPECT_EQ(ground.domain("@mx_any", "d.ex").substr(0, 6), "defer:") << "cannot tell is not no";
    EXPECT_EQ(ground.domain("@mx_any/ignore=192.0.2.1", "a.ex"), "no");
}

TEST(DomainList, NamesThatAreTreatedAsLocalCountAsOurs)
{
    Ground ground({}, "a.ex MX 5 alias.ex\na.ex MX 9 other.ex\nalias.ex A 192.0.2.7\nother.ex A 192.0.2.8\n");
    EXPECT_EQ(ground.domain("@mx_any", "a.ex"), "no");
    auto self = Ground::self();
    self.treated_as_local = "x.ex : *lias.ex";
    Lists lists({}, self, ground.lookups, &ground.names);
    const auto list = List::compile(lists, Kind::domain, Text::clean("@mx_primary"));
    ASSERT_TRUE(list);
    std::string found;
    event::Loop loop; // a look-up waits on a fiber
    (void)loop.spawn("test", [&] { found = Ground::shown(lists.domain(list, "a.ex", ground.asker)); });
    loop.run_until_idle();
    EXPECT_EQ(found, "yes @mx_primary");
}

TEST(DomainList, APlainNameSetsTheWholeToo)
{
    Ground ground;
    const auto list = List::compile(ground.lists, Kind::domain, Text::clean("c.d : a.b : @ : @[]"));
    ASSERT_TRUE(list);
    for (const std::string subject : {"a.b", "me.example", "[192.0.2.1]"}) {
        const auto match = ground.lists.domain(list, subject, ground.asker);
        ASSERT_TRUE(match && *match && match->has_captures) << subject;
        EXPECT_EQ(match->captures, std::vector{subject});
    }
}

TEST(DomainList, FilesAndLookups)
{
    Ground ground;
    const auto file = ground.write("list", "# comment\na.b   # comment\n*.c\n!x.d\n*.d\n");
    EXPECT_EQ(ground.domain(file, "a.b"), "yes a.b");
    EXPECT_EQ(ground.domain(file, "q.c"), "yes *.c");
    EXPECT_EQ(ground.domain(file, "x.d"), "no");
    EXPECT_EQ(ground.domain(file + " : z.z", "z.z"), "yes z.z");
    // An item's "!" in a file ends the whole list, and a "!" before the file turns both answers round.
    EXPECT_EQ(ground.domain(file + " : *", "x.d"), "no");
    EXPECT_EQ(ground.domain("!" + file + " : z.z", "x.d").substr(0, 3), "yes");
    EXPECT_EQ(ground.domain("!" + file + " : *", "q.c"), "no");
    EXPECT_EQ(ground.domain("!" + file + " : z.z", "other.x"), "no");
    const auto refusals = ground.write("refusals", "!x.d\n");
    EXPECT_EQ(ground.domain(refusals, "other.x"), "no");
    EXPECT_EQ(ground.domain(ground.folder + "/none", "a").substr(0, 6), "defer:");
    const auto table = ground.write("table", "a.b: first\n*.c.d: second\n");
    EXPECT_EQ(ground.domain("lsearch;" + table, "a.b"), "yes first");
    EXPECT_EQ(ground.domain("partial-lsearch;" + table, "x.c.d"), "yes second");
    EXPECT_EQ(ground.domain("!lsearch;" + table + " : *", "a.b"), "no");
    EXPECT_EQ(ground.domain("nosuch;" + table, "a.b"), "error: unknown lookup type \"nosuch\"");
    EXPECT_EQ(ground.domain("lsearch;" + ground.folder + "/none", "a").substr(0, 6), "defer:");
}

// Items are tried in their order: one that means nothing is an error for whoever comes as far.
TEST(DomainList, ABrokenItemIsForThoseThatNothingInFrontOfItMatches)
{
    Ground ground;
    const std::string broken = "error: ";
    EXPECT_EQ(ground.domain("a.b : ^(", "a.b"), "yes a.b");
    EXPECT_EQ(ground.domain("a.b : ^( : *", "x.b").substr(0, 7), broken);
    EXPECT_EQ(ground.domain("^( : a.b", "a.b").substr(0, 7), broken);
    EXPECT_EQ(ground.domain("!a.b : nosuch;/x", "a.b"), "no");
    EXPECT_EQ(ground.domain("a.b : nosuch;/x : x", "x"), "error: unknown lookup type \"nosuch\"");
    EXPECT_EQ(ground.host("1.2.3.4 : nosuch;/x", "1.2.3.4").substr(0, 3), "yes");
    EXPECT_EQ(ground.host("1.2.3.4 : nosuch;/x", "1.2.3.5").substr(0, 7), broken);
    EXPECT_EQ(ground.address("a@b : ^(", "a@b"), "yes a@b");
    EXPECT_EQ(ground.address("a@b : ^(", "").substr(0, 7), broken);
    EXPECT_EQ(ground.address("a@b : ^(", "x"), "no") << "no address";
    EXPECT_EQ(ground.address("a@b : x@^(", "z@y"), "no") << "its domain is not looked at";
    EXPECT_EQ(ground.address("a@b : x@^(", "x@y").substr(0, 7), broken);
    const auto file = ground.write("broken", "a.b\n^(\n");
    EXPECT_EQ(ground.domain(file, "a.b"), "yes a.b");
    EXPECT_EQ(ground.domain(file, "c.d").substr(0, 7), broken);
    EXPECT_EQ(List::compile(ground.lists, Kind::domain, Text::clean("a.b")).fault(), nullptr);
    EXPECT_NE(List::compile(ground.lists, Kind::domain, Text::clean("a.b : ^(")).fault(), nullptr);
    EXPECT_NE(List::compile(ground.lists, Kind::address, Text::clean("x@^(")).fault(), nullptr);
}

TEST(DomainList, AFileIsReadAgainWhenItHasChanged)
{
    Ground ground;
    const auto file = ground.write("list", "a.b\n");
    EXPECT_EQ(ground.domain(file, "c.d"), "no");
    ground.write("list", "a.b\nc.d\n");
    EXPECT_EQ(ground.domain(file, "c.d"), "yes c.d");
}

TEST(NamedLists, AnswerForTheirItems)
{
    NamedLists named;
    named.domains["ours"].text = "a.b : *.c";
    named.domains["both"].text = "+ours : d.e";
    named.domains["self"].text = "+self";
    named.domains["expanded"].text = "$x";
    named.domains["gone"].text = "${if x$fail}";
    Ground ground(named);
    EXPECT_EQ(ground.domain("+both", "q.c"), "yes *.c");
    EXPECT_EQ(ground.domain("!+ours : *", "a.b"), "no");
    EXPECT_EQ(ground.domain("+nope", "a.b"), "error: unknown named domain list \"+nope\"");
    EXPECT_NE(ground.domain("+self", "a.b").find("refers to itself"), std::string::npos);
    ground.asker.x = "x.y";
    EXPECT_EQ(ground.domain("+expanded", "x.y"), "yes x.y");
    ground.asker.x = "other";
    EXPECT_EQ(ground.domain("+expanded", "x.y"), "no");
    EXPECT_EQ(ground.domain("+gone", "x.y"), "no") << "a forced failure: the subject is not in the list";
}

TEST(NamedLists, AnswersOfConstantOnesAreRemembered)
{
    NamedLists named;
    Ground ground(named);
    named.domains["file"].text = "lsearch;" + ground.folder + "/t";
    Ground asking(named);
    Remembered memory;
    asking.asker.memory = &memory;
    ground.write("t", "a.b: one\n");
    EXPECT_EQ(asking.domain("+file", "a.b"), "yes one");
    ground.write("t", "a.b: two, and longer\n");
    EXPECT_EQ(asking.domain("+file", "a.b"), "yes one") << "kept while the message lasts";
    memory.clear();
    EXPECT_EQ(asking.domain("+file", "a.b"), "yes two, and longer");
}

TEST(LocalPartList, CaseCountsOnRequest)
{
    Ground ground;
    EXPECT_EQ(ground.local_part("Abc", "aBC"), "yes Abc");
    EXPECT_EQ(ground.local_part("+caseful : Abc", "abc"), "no");
    EXPECT_EQ(ground.local_part("+caseful : abc", "abc"), "yes abc");
    EXPECT_EQ(ground.local_part("*-request", "list-request"), "yes *-request");
    EXPECT_EQ(ground.local_part("^[0-9]+$", "123").substr(0, 3), "yes");
}

TEST(AddressList, LocalPartsAndDomains)
{
    Ground ground;
    EXPECT_EQ(ground.address("a@b.c", "A@B.C"), "yes a@b.c");
    EXPECT_EQ(ground.address("+nope", "no-address"), "error: unknown named address list \"+nope\"");
    EXPECT_EQ(ground.address("*@b.c", "x@b.c"), "yes *@b.c");
    EXPECT_EQ(ground.address("b.c", "x@b.c"), "yes @b.c");
    EXPECT_EQ(ground.address("*x@*.c", "ax@b.c"), "yes *x@*.c");
    EXPECT_EQ(ground.address("*x@*.c", "ay@b.c"), "no");
    EXPECT_EQ(ground.address("!a@b.c : b.c", "a@b.c"), "no");
    EXPECT_EQ(ground.address("^a.*\\.c$", "abc@b.c"), "yes");
    EXPECT_EQ(ground.address("", ""), "no");
    EXPECT_EQ(ground.address(": a@b", ""), "yes");
    EXPECT_EQ(ground.address("*", "nodomain"), "no") << "what has no domain is no address";
    EXPECT_EQ(ground.address("^n", "nodomain"), "no");
}

TEST(AddressList, LookupsOfAddresses)
{
    Ground ground;
    const auto table = ground.write("t", "a@b.c: whole\n*@d.e: any\nlocal.ex: one : two : *three\nnext.ex: four : > local.ex\n");
    EXPECT_EQ(ground.address("lsearch;" + table, "a@b.c"), "yes whole");
    EXPECT_EQ(ground.address("lsearch*@;" + table, "x@d.e"), "yes any");
    const auto of_domains = ground.write("of-domains", "d.e: found\n");
    EXPECT_EQ(ground.address("*@lsearch;" + of_domains, "x@d.e"), "yes *@found");
    EXPECT_EQ(ground.address("x@lsearch;" + of_domains, "x@d.e"), "yes x@found");
    EXPECT_EQ(ground.address("*@^d", "x@d.e"), "yes *@^d");
    EXPECT_EQ(ground.address("@@lsearch;" + table, "two@local.ex").substr(0, 3), "yes");
    EXPECT_EQ(ground.address("@@lsearch;" + table, "xthree@local.ex").substr(0, 3), "yes");
    EXPECT_EQ(ground.address("@@lsearch;" + table, "five@local.ex"), "no");
    EXPECT_EQ(ground.address("@@lsearch;" + table, "one@next.ex").substr(0, 3), "yes") << "the chain goes on";
}

TEST(AddressList, EndlessChainsEnd)
{
    Ground ground;
    const auto table = ground.write("t", "a.ex: x : > b.ex\nb.ex: y : > a.ex\n");
    EXPECT_EQ(ground.address("@@lsearch;" + table, "z@a.ex").substr(0, 6), "defer:");
}

TEST(Lists, TenThousandNamesKeepTheirOrder)
{
    std::string text;
    for (int i = 0; i < 10000; ++i)
        text += "host" + std::to_string(i) + ".example : ";
    Ground ground;
    EXPECT_EQ(ground.domain("!host77.example : " + text, "host77.example"), "no");
    EXPECT_EQ(ground.domain(text, "host9999.example"), "yes host9999.example");
    EXPECT_EQ(ground.domain(text + "*.example", "other.example"), "yes *.example");
}

}
}
