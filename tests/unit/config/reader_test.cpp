#include "common/config/reader.h"

#include <gtest/gtest.h>

#include "common/config/listing.h"

namespace gp::config {
namespace {

using namespace std::chrono_literals;

const Table& table()
{
    static const Table made("main", {
        {"accept_it", Type::boolean, Use::literal, "true", Standing::supported, "."},
        {"body", Type::string, Use::expanded, "a $b", Standing::supported, "."},
        {"count", Type::integer, Use::literal, "10K", Standing::supported, "."},
        {"size", Type::size, Use::literal, "10K", Standing::supported, "."},
        {"room", Type::space, Use::literal, "10M", Standing::supported, "."},
        {"mode", Type::octal, Use::literal, "0600", Standing::supported, "."},
        {"load", Type::fixed_point, Use::literal, nullptr, Standing::supported, "."},
        {"pause", Type::time, Use::literal, "5m", Standing::supported, "."},
        {"patience", Type::time, Use::expanded, "5m", Standing::supported, "."},
        {"more", Type::boolean, Use::expanded, "true", Standing::supported, "."},
        {"hosts", Type::host_list, Use::expanded, nullptr, Standing::supported, "."},
        {"names", Type::string_list, Use::literal, "a : b", Standing::supported, "."},
        {"user", Type::user, Use::expanded, nullptr, Standing::supported, "."},
        {"users", Type::user_list, Use::literal, nullptr, Standing::supported, "."},
        {"groups", Type::group_list, Use::literal, nullptr, Standing::supported, "."},
        {"warnings", Type::time_list, Use::literal, "1d", Standing::supported, "."},
        {"condition", Type::string, Use::expanded, nullptr, Standing::supported, ".", false, Repeat::all_true},
        {"add", Type::string, Use::expanded, nullptr, Standing::supported, ".", false, Repeat::newline_joined},
        {"drop", Type::string, Use::expanded, nullptr, Standing::supported, ".", false, Repeat::colon_joined},
        {"set", Type::string, Use::literal, nullptr, Standing::supported, ".", false, Repeat::semicolon_joined},
        {"later", Type::boolean, Use::literal, "false", Standing::not_yet, "."},
        {"later_text", Type::string, Use::expanded, nullptr, Standing::not_yet, "."},
        {"split", Type::boolean, Use::literal, "false", Standing::moot, "the spool is a log."},
        {"unsafe", Type::boolean, Use::literal, "false", Standing::removed, "never."},
    });
    return made;
}

const Names& names()
{
    static const Names made{
        [](std::string_view name) -> std::optional<Identity> {
            if (name == "mail")
                return Identity{"mail", 8, 12};
            if (name == "1000")
                return Identity{"1000", 1000, Identity::no_group};
            return std::nullopt;
        },
        [](std::string_view name) -> std::optional<Identity> {
            if (name == "adm")
                return Identity{"adm", 4, Identity::no_group};
            return std::nullopt;
        },
    };
    return made;
}

struct Applied {
    Settings settings{table()};
    Problems problems;
};

// Reads lines of settings as the main section does.
Applied apply_all(const std::string& text, Unsupported unsupported = Unsupported::refuse)
{
    Applied out;
    Macros macros;
    const Source source{.name = "conf", .text = text};
    Lexer lexer(source, macros, out.problems);
    const auto document = read_document([&] { return lexer.next(); }, macros, out.problems);
    for (const auto& assignment : document.main)
        apply(out.settings, assignment, {unsupported, &names()}, out.problems);
    return out;
}

std::string shown(const std::string& text, std::string_view name)
{
    const auto got = apply_all(text);
    EXPECT_FALSE(got.problems.has_errors()) << got.problems.text();
    return show_setting(got.settings.at(name));
}

TEST(Reader, StartsFromTheDefaults)
{
    const Settings settings(table());
    EXPECT_TRUE(settings.flag("accept_it"));
    EXPECT_EQ(settings.number("count"), 10240);
    EXPECT_EQ(settings.number("room"), 10 * 1024 * 1024);
    EXPECT_EQ(settings.time("pause"), 5min);
    EXPECT_EQ(settings.list("names"), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(settings.times("warnings").size(), 1u);
    EXPECT_FALSE(settings.is_set("hosts"));
    EXPECT_FALSE(settings.is_written("count"));
    EXPECT_TRUE(settings.expandable("body").is_set);
    EXPECT_FALSE(settings.expandable("body").is_constant());
    EXPECT_EQ(settings.find("nothing"), nullptr);
}

struct ShowCase {
    std::string text, name, want;
};

// What the reference shows with -bP for the same lines.
TEST(Reader, ReadsEachTypeAsTheReferenceDoes)
{
    const ShowCase cases[] = {
        {"no_accept_it\n", "accept_it", "no_accept_it"},
        {"not_accept_it\n", "accept_it", "no_accept_it"},
        {"accept_it = NO\n", "accept_it", "no_accept_it"},
        {"accept_it =\n", "accept_it", "accept_it"},
        {"no_accept_it =\n", "accept_it", "no_accept_it"},
        {"count = 0x1F\n", "count", "count = 31"},
        {"count=10K\n", "count", "count = 10240"},
        {"count=0x7fffffff\n", "count", "count = 2147483647"},
        {"count=-2147483648\n", "count", "count = -2147483648"},
        {"size = 2048\n", "size", "size = 2K"},
        {"size = 1025\n", "size", "size = 1025"},
        {"size = 1G\n", "size", "size = 1024M"},
        {"room = 1023\n", "room", "room = 1023K"},
        {"room = 1024\n", "room", "room = 1M"},
        {"room = 8G\n", "room", "room = 8G"},
        {"mode = 660\n", "mode", "mode = 0660"},
        {"load = 1.5\n", "load", "load = 1.5"},
        {"", "load", "load ="},
        {"pause = 90m\n", "pause", "pause = 1h30m"},
        {"patience = ${if a}\n", "patience", "patience = ${if a}"},
        {"patience = \"90m\"\n", "patience", "patience = 1h30m"},
        {"more = ${if a}\n", "more", "more = ${if a}"},
        {"more = false\n", "more", "no_more"},
        {"hosts = \"a\\tb\"\n", "hosts", "hosts = a\\tb"},
        {"hosts =\n", "hosts", "hosts = "},
        {"user = mail\n", "user", "user = mail"},
        {"user = $local_part\n", "user", "user = $local_part"},
        {"users = mail : 1000\n", "users", "users = mail:1000"},
        {"users =\n", "users", "users ="},
        {"warnings = 1h:2h : 4h\n", "warnings", "warnings = 1h:2h:4h"},
        {"warnings = 0s\n", "warnings", "warnings = "},
        {"condition = a\ncondition = ${if b}\n", "condition",
         "condition = ${if and{{bool_lax{a}}{bool_lax{${if b}}}}}"},
        {"add = a:b\nadd = c:d\n", "add", "add = a:b\\nc:d"},
        {"drop = a\ndrop = b:c\n", "drop", "drop = a:b:c"},
        {"set = x = 1\nset = y = 2\n", "set", "set = x = 1;y = 2"},
    };
    for (const auto& test : cases)
        EXPECT_EQ(shown(test.text, test.name), test.want) << test.text;
}

struct ErrorCase {
    std::string text, want;
};

TEST(Reader, SaysWhatIsWrongAndWhere)
{
    const ErrorCase cases[] = {
        {"acept_it\n", "conf:1: main option \"acept_it\" unknown (did you mean \"accept_it\"?)"},
        {"no_acept_it\n", "conf:1: main option \"no_acept_it\" unknown"},
        {"wholly_other = 1\n", "conf:1: main option \"wholly_other\" unknown\n"},
        {"count = 1\n\ncount = 2\n", "conf:3: \"count\" option set for the second time (the first is at conf:1)"},
        {"accept_it\nno_accept_it\n", "conf:2: \"no_accept_it\" option set for the second time"},
        {"no_count\n", "conf:1: negation prefix applied to a non-boolean option for no_count"},
        {"no_accept_it = true\n", "conf:1: a value cannot follow a negated boolean option for no_accept_it"},
        {"count\n", "conf:1: unexpected end of line (data missing) for count"},
        {"count =\n", "conf:1: integer expected, not \"\" for count"},
        {"count = 5x\n", "conf:1: extra characters \"x\" follow integer value for count (a number"},
        {"count = \"5\"\n", "conf:1: integer expected"},
        {"count = 99999999999\n", "conf:1: absolute value of integer \"99999999999\" is too large (overflow)"},
        {"count = -2147483649\n", "conf:1: absolute value of integer \"-2147483649\" is too large (overflow)"},
        {"size = 3T\n", "conf:1: absolute value of integer \"3T\" is too large (overflow)"},
        {"mode = 7777777777777\n", "conf:1: absolute value of integer \"7777777777777\" is too large (overflow)"},
        {"pause = 4000w\n", "conf:1: time value \"4000w\" is too large"},
        {"room = 99999999999999999\n", "conf:1: absolute value of integer \"99999999999999999\" is too large (overflow)"},
        {"accept_it = maybe\n", "conf:1: \"maybe\" is none of yes, no, true, false for accept_it (accept_it or no_accept_it)"},
        {"mode = 9\n", "conf:1: integer expected, not \"9\" for mode (an octal number like 0640)"},
        {"load = x\n", "conf:1: fixed-point number expected, not \"x\" for load"},
        {"pause = 5\n", "conf:1: invalid time value \"5\": digits with w, d, h, m or s are wanted, as in 1h30m for pause"},
        {"patience = x\n", "conf:1: invalid time value \"x\""},
        {"hosts = \"a\n", "conf:1: missing quote at end of string value for hosts"},
        {"user = nobody_here\n", "conf:1: user nobody_here was not found for user"},
        {"user =\n", "conf:1: user  was not found for user"},
        {"users = mail : nobody_here\n", "conf:1: user nobody_here was not found for users"},
        {"groups = mail\n", "conf:1: group mail was not found for groups"},
        {"warnings = 2h:1h\n", "conf:1: time value \"1h\" out of order for warnings"},
        {"warnings = 1h:x\n", "conf:1: invalid time value \"x\""},
        {"warnings = 1h:2h:3h:4h:5h:6h:7h:8h:9h:10h:11h:12h:13h:14h:15h:16h:17h:18h:19h:20h:21h\n",
         "conf:1: too many time values (the most is 20) for warnings"},
        {"later\n", "conf:1: option \"later\" is not supported yet"},
        {"later_text = a\n", "conf:1: option \"later_text\" is not supported yet"},
        {"unsafe\n", "conf:1: option \"unsafe\" cannot be set: never."},
    };
    for (const auto& test : cases) {
        const auto got = apply_all(test.text);
        EXPECT_EQ(got.problems.errors(), 1u) << test.text << got.problems.text();
        EXPECT_TRUE(got.problems.text().starts_with(test.want)) << got.problems.text();
    }
}

TEST(Reader, AcceptsAnUnsupportedOptionThatSaysWhatHoldsAnyway)
{
    for (const auto* text : {"no_later\n", "later = false\n", "later_text =\n", "no_unsafe\n"})
        EXPECT_FALSE(apply_all(text).problems.has_errors()) << text;
}

TEST(Reader, WarnsInPlaceOfRefusingWhereAFileIsOnlyLookedAt)
{
    const auto got = apply_all("later\nlater_text = a\n", Unsupported::warn);
    EXPECT_FALSE(got.problems.has_errors());
    EXPECT_EQ(got.problems.all().size(), 2u);
    EXPECT_TRUE(got.settings.flag("later"));
    EXPECT_EQ(got.settings.text("later_text"), "a");
    EXPECT_TRUE(apply_all("later\n", Unsupported::accept).problems.all().empty());
}

TEST(Reader, NotesWhatHasNoEffect)
{
    const auto got = apply_all("split\n");
    EXPECT_FALSE(got.problems.has_errors());
    EXPECT_EQ(got.problems.text(), "");
    EXPECT_EQ(got.problems.text(Problem::Weight::note),
              "conf:1: note: option \"split\" has no effect here: the spool is a log.\n    split\n");
}

TEST(Reader, TellsAllErrorsAndNotOnlyTheFirst)
{
    const auto got = apply_all("foo\ncount = x\n1bad\npause = 1\ncount = 5\n");
    EXPECT_EQ(got.problems.errors(), 4u);
    EXPECT_EQ(got.settings.number("count"), 5);
}

TEST(Reader, KeepsHiddenValuesOutOfErrorsAndListings)
{
    const auto got = apply_all("hide hosts = secret\nhide count = secret\n");
    EXPECT_EQ(show_setting(got.settings.at("hosts")), "hosts = <value not displayable>");
    EXPECT_EQ(show_setting(got.settings.at("hosts"), {.shows_hidden = true}), "hosts = secret");
    EXPECT_NE(got.problems.text().find("hide count = <value not displayable>"), std::string::npos);
}

TEST(Reader, KnowsTheOriginOfASetting)
{
    const auto got = apply_all("\n\ncount = 3\n");
    EXPECT_EQ(got.settings.origin("count").text(), "conf:3");
    EXPECT_EQ(got.settings.origin("size").text(), "(built in)");
}

TEST(Listing, WritesSettingsSoThatTheyReadBack)
{
    const std::string text = "no_accept_it\nbody = \" a\\nb\"\ncount = 5\nroom = 1025K\nload = 0.05\nwarnings = 1h:2h\n"
                             "users = mail:1000\nmode = 02750\npause = 0s\n";
    const auto first = apply_all(text);
    std::string written;
    for (const auto& setting : first.settings.all())
        if (setting.is_written)
            written += write_setting(setting) + "\n";
    const auto second = apply_all(written);
    EXPECT_FALSE(second.problems.has_errors()) << second.problems.text();
    for (std::size_t i = 0; i < first.settings.all().size(); ++i)
        EXPECT_EQ(first.settings.all()[i].value, second.settings.all()[i].value) << written;
}

TEST(Problems, StopAtABound)
{
    Problems problems;
    for (std::size_t i = 0; i < Problems::most + 50; ++i)
        problems.error({}, "", "wrong");
    EXPECT_EQ(problems.errors(), Problems::most);
    EXPECT_TRUE(problems.full());
    EXPECT_NE(problems.text().find("too many errors"), std::string::npos);
}

TEST(Problems, AreOneLineEachHoweverBadTheText)
{
    Problems problems;
    problems.error({}, std::string(1000, '\x01'), "bad\ntext");
    const auto text = problems.text();
    EXPECT_EQ(std::ranges::count(text, '\n'), 2);
    EXPECT_EQ(text.find('\x01'), std::string::npos);
}

}
}
