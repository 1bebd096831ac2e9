#include "common/config/section.h"

#include <gtest/gtest.h>

namespace gp::config {
namespace {

struct Read {
    Document document;
    Problems problems;
};

Read read(const std::string& text)
{
    Read out;
    Macros macros;
    const Source source{.name = "conf", .text = text};
    Lexer lexer(source, macros, out.problems);
    out.document = read_document([&] { return lexer.next(); }, macros, out.problems);
    return out;
}

TEST(Section, SplitsAFileIntoItsParts)
{
    const auto got = read(R"(qualify_domain = a.b
queue_only
hide mysql_servers = secret
domainlist  local = a : b
hostlist_cache hosts=<; 127.0.0.1
hide addresslist people = "x@y : z@y"

begin acl
check:
  accept hosts = :
  deny
    message = no: never
begin routers
one:
  driver = accept
  verify_only
Two :
  driver = "redirect"
begin retry
* * F,1h,1m
begin rewrite
*@a $1@b
begin transports
t:
  driver = smtp
begin authenticators
p:
  driver = plaintext
)");
    ASSERT_FALSE(got.problems.has_errors()) << got.problems.text();
    const auto& document = got.document;
    ASSERT_EQ(document.main.size(), 3u);
    EXPECT_EQ(document.main[0].name, "qualify_domain");
    EXPECT_EQ(document.main[0].value, "a.b");
    EXPECT_FALSE(document.main[1].value);
    EXPECT_TRUE(document.main[2].is_hidden);
    EXPECT_EQ(document.main[2].origin.text(), "conf:3");
    ASSERT_EQ(document.lists.size(), 3u);
    EXPECT_EQ(document.lists[0].name, "local");
    EXPECT_TRUE(document.lists[1].is_cached_always);
    EXPECT_EQ(document.lists[1].kind, ListKind::host);
    EXPECT_EQ(document.lists[2].value, "x@y : z@y");
    EXPECT_TRUE(document.lists[2].is_hidden);
    ASSERT_EQ(document.acls.size(), 1u);
    EXPECT_EQ(document.acls[0].name, "check");
    ASSERT_EQ(document.acls[0].lines.size(), 3u);
    EXPECT_EQ(document.acls[0].lines[2].text, "message = no: never");
    EXPECT_EQ(document.acls[0].lines[2].origin.line, 12u);
    ASSERT_EQ(document.routers.size(), 2u);
    EXPECT_EQ(document.routers[1].name, "Two");
    EXPECT_EQ(document.routers[1].driver, "redirect");
    EXPECT_EQ(document.routers[0].settings.size(), 2u);
    EXPECT_EQ(document.retry.size(), 1u);
    EXPECT_EQ(document.rewrite.size(), 1u);
    EXPECT_EQ(document.transports.size(), 1u);
    EXPECT_EQ(document.authenticators.size(), 1u);
}

TEST(Section, KnowsSectionNamesInAnyCaseAndInTheSingular)
{
    const auto got = read("begin ROUTER\na:\ndriver = x\nbegin Acls\nb:\nbegin   transports  \n");
    EXPECT_FALSE(got.problems.has_errors()) << got.problems.text();
    EXPECT_EQ(got.document.routers.size(), 1u);
    EXPECT_EQ(got.document.acls.size(), 1u);
}

TEST(Section, TakesTheFirstStatementOnTheLineOfTheName)
{
    const auto got = read("begin acl\na: accept\n");
    ASSERT_EQ(got.document.acls.size(), 1u);
    ASSERT_EQ(got.document.acls[0].lines.size(), 1u);
    EXPECT_EQ(got.document.acls[0].lines[0].text, "accept");
}

TEST(Section, DefinesMacrosBetweenInstancesAndAcls)
{
    const auto got = read("begin routers\na:\ndriver = x\nAAA = y\nb:\ndriver = AAA\nbegin acl\nBB = accept\nc:\nBB\n"
                          "CC == z\n");
    EXPECT_EQ(got.document.routers.at(1).driver, "y");
    EXPECT_EQ(got.document.acls.at(0).lines.at(0).text, "accept");
    EXPECT_EQ(got.problems.text(), "conf:11: can't redefine an undefined macro \"CC\"\n    CC == z\n");
}

TEST(Section, LeavesMacroDefinitionsOutOfTheFlattenedLines)
{
    const auto got = read("AA = x\nqualify_domain = AA\nbegin acl\nBB = y\na:\naccept\n");
    std::vector<std::string> lines;
    for (const auto& line : got.document.lines)
        lines.push_back(line.text);
    EXPECT_EQ(lines, (std::vector<std::string>{"qualify_domain = x", "begin acl", "a:", "accept"}));
}

TEST(Section, DoesNotTakeRetryRulesForMacros)
{
    EXPECT_EQ(read("begin retry\nAAA = foo\n").document.retry.size(), 1u);
    EXPECT_EQ(read("begin rewrite\nAAA = foo\n").document.rewrite.size(), 1u);
}

struct ErrorCase {
    std::string text, want;
};

TEST(Section, SaysWhatIsWrongAndWhere)
{
    const ErrorCase cases[] = {
        {"begin auth\n", "conf:1: \"auth\" is not a known configuration section name"},
        {"begin routerz\n", "conf:1: \"routerz\" is not a known configuration section name (did you mean \"routers\"?)"},
        {"begin routers foo\n", "conf:1: \"routers foo\" is not a known configuration section name"},
        {"begin acl\nbegin acl\n", "conf:2: \"acl\" section is repeated in the configuration file"},
        {"AA\n", "conf:1: malformed macro definition"},
        {"Aa-b = 1\n", "conf:1: malformed macro definition"},
        {"AA = 1\nAA = 2\n", "conf:2: macro \"AA\" is already defined (use \"==\" if you want to redefine it)"},
        {std::string(64, 'A') + " = 1\n", "conf:1: macro name too long (maximum is 63 characters)"},
        {"1foo = a\n", "conf:1: option setting expected: 1foo = a"},
        {"= a\n", "conf:1: option setting expected: = a"},
        {"queue_only foo\n", "conf:1: missing \"=\" after queue_only"},
        {"domainlist a b\n", "conf:1: missing '=' after \"a\""},
        {"domainlist a-b = c\n", "conf:1: missing '=' after \"a\""},
        {"domainlist +a = c\n", "conf:1: a named list needs a name of letters, digits and underscores"},
        {"domainlist a = \"b\" c\n", "conf:1: extra characters \"c\" follow the closing quote of the string value for a"},
        {"domainlist a = b\ndomainlist a = c\n", "conf:2: duplicate name \"a\" for a named domain list"},
        {"begin routers\ndriver = accept\n", "conf:2: router name missing"},
        {"begin routers\naa\n", "conf:2: router name missing"},
        {"begin routers\naa: foo\n", "conf:2: extra characters follow driver name aa"},
        {"begin routers\n1a:\n", "conf:2: a name must begin with a letter, not \"1a\""},
        {"begin transports\na:\na:\n", "conf:3: there are two transports called \"a\" (the first is at conf:2)"},
        {"begin transports\n" + std::string(65, 'a') + ":\n", "conf:2: item name too long (>64)"},
        {"begin acl\naccept\n", "conf:2: missing or malformed ACL name"},
        {"begin acl\na-b:\n", "conf:2: missing or malformed ACL name"},
        {"begin acl\na:\na:\n", "conf:3: there are two ACLs called \"a\" (the first is at conf:2)"},
        {"begin acl\na:\nAA = x\naccept\n", "conf:4: missing or malformed ACL name"},
    };
    for (const auto& test : cases) {
        const auto got = read(test.text);
        EXPECT_EQ(got.problems.errors(), 1u) << test.text << got.problems.text();
        EXPECT_TRUE(got.problems.text().starts_with(test.want)) << got.problems.text();
    }
}

TEST(Section, AllowsTheSameNameInDifferentKinds)
{
    EXPECT_FALSE(read("domainlist a = b\nhostlist a = c\nbegin routers\na:\nbegin transports\na:\n").problems.has_errors());
}

}
}
