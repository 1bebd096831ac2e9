#include "common/config/lexer.h"

#include <gtest/gtest.h>

#include <map>

namespace gp::config {
namespace {

using Files = std::map<std::string, std::string>;

Source text_source(const std::string& text, const Files& files = {})
{
    Source source{.name = "/etc/x/main.conf", .text = text};
    source.read = [files](const std::string& path, std::size_t) -> Result<std::string> {
        const auto found = files.find(path);
        if (found == files.end())
            return misconfigured(path + ": No such file or directory", Cause::not_found);
        return found->second;
    };
    return source;
}

struct Read {
    std::vector<std::string> lines; // "12:text"
    std::string problems;
    std::size_t errors = 0;
};

Read read(const std::string& text, const Files& files = {}, const Limits& limits = {}, Macros macros = {})
{
    Read out;
    Problems problems;
    const Source source = text_source(text, files);
    Lexer lexer(source, macros, problems, limits);
    while (auto line = lexer.next()) {
        const auto file = line->origin.file_name();
        const std::string inner = file == "/etc/x/main.conf" ? "" : std::string(file) + ":";
        out.lines.push_back(inner + std::to_string(line->origin.line) + ":" + line->text);
    }
    out.problems = problems.text();
    out.errors = problems.errors();
    return out;
}

using Lines = std::vector<std::string>;

TEST(Lexer, DropsBlankAndCommentLinesAndTrimsTheRest)
{
    EXPECT_EQ(read("\n  # one\n\t a = b  \t\n#\n\n c\n").lines, (Lines{"3:a = b", "6:c"}));
}

TEST(Lexer, LeavesAHashInsideALineAlone)
{
    EXPECT_EQ(read("a = b # c\n").lines, (Lines{"1:a = b # c"}));
}

TEST(Lexer, JoinsContinuationsWithoutLeadingWhiteSpace)
{
    EXPECT_EQ(read("a = b  \t \\   \n   \tc.d  \n").lines, (Lines{"1:a = b  \t c.d"}));
    EXPECT_EQ(read("a = b\\\n c\\\n d\ne\n").lines, (Lines{"1:a = bcd", "4:e"}));
}

TEST(Lexer, KeepsAllButTheLastOfSeveralBackslashes)
{
    EXPECT_EQ(read("a = b\\\\\nc\n").lines, (Lines{"1:a = b\\c"}));
}

TEST(Lexer, SkipsCommentsWithinAContinuationButEndsItAtABlankLine)
{
    EXPECT_EQ(read("a = b \\\n # comment \\\n  c\n").lines, (Lines{"1:a = b c"}));
    EXPECT_EQ(read("a = b \\\n\nc\n").lines, (Lines{"1:a = b", "3:c"}));
    EXPECT_EQ(read("# comment \\\na\n").lines, (Lines{"2:a"}));
}

TEST(Lexer, TakesAContinuationAtTheEndOfTheFileForItsEnd)
{
    EXPECT_EQ(read("a = b\\").lines, (Lines{"1:a = b"}));
    EXPECT_EQ(read("\\\n\\\n").lines, Lines{});
}

TEST(Lexer, ReadsLinesThatEndWithCarriageReturns)
{
    EXPECT_EQ(read("a = b \\\r\n c\r\n\r\nd\r\n").lines, (Lines{"1:a = b c", "4:d"}));
}

TEST(Lexer, SubstitutesMacrosBeforeContinuations)
{
    Macros macros;
    ASSERT_TRUE(macros.define("AA", "x \\", false, {}));
    EXPECT_EQ(read("a = AA\n y\n", {}, {}, macros).lines, (Lines{"1:a = x y"}));
}

TEST(Lexer, IgnoresALineThatAMacroEmptiesOrTurnsIntoAComment)
{
    Macros macros;
    ASSERT_TRUE(macros.define("EMPTY", "", false, {}));
    ASSERT_TRUE(macros.define("HASH", "#", false, {}));
    EXPECT_EQ(read("EMPTY\nHASH a\nb\n", {}, {}, macros).lines, (Lines{"3:b"}));
    // An emptied line ends a continuation, a comment does not.
    EXPECT_EQ(read("a \\\nHASH\n b\n", {}, {}, macros).lines, (Lines{"1:a b"}));
    EXPECT_EQ(read("a \\\nEMPTY\n b\n", {}, {}, macros).lines, (Lines{"1:a", "3:b"}));
}

// --- conditions ---------------------------------------------------------------------------------

struct ConditionCase {
    std::string text;
    Lines want;
};

TEST(Lexer, ObeysConditionsByWhetherAMacroIsNamed)
{
    const ConditionCase cases[] = {
        {".ifdef AA\na\n.else\nb\n.endif\n", {"2:a"}},
        {".ifdef BB\na\n.else\nb\n.endif\n", {"4:b"}},
        {".ifndef AA\na\n.else\nb\n.endif\n", {"4:b"}},
        {".ifndef BB\na\n.endif\n", {"2:a"}},
        {".ifdef BB AA\na\n.endif\n", {"2:a"}}, // any of them
        {".ifndef BB AA\na\n.endif\n", {}},
        {".ifdef AAA\na\n.endif\n", {"2:a"}}, // AA is named in it
        {".ifdef EMPTY\na\n.endif\n", {"2:a"}},
        {".ifdef\na\n.endif\n", {}},
        {".ifdef BB\n1\n.elifdef AA\n2\n.elifdef AA\n3\n.else\n4\n.endif\n", {"4:2"}},
        {".ifdef BB\n1\n.elifndef CC\n2\n.else\n3\n.endif any text\n", {"4:2"}},
        {".ifdef AA\n1\n.elifdef AA\n2\n.else\n3\n.endif\n", {"2:1"}},
        {".ifdef BB\n.ifdef AA\n1\n.else\n2\n.endif\n3\n.else any text\n4\n.endif\n", {"9:4"}},
        {".ifdef AA\n.ifdef BB\n1\n.else\n2\n.endif\n3\n.endif\n", {"5:2", "7:3"}},
        {"  .ifdef AA\n  a\n  .endif\n", {"2:a"}},
        {".ifdef\tAA\na\n.endif\n", {"2:a"}},
        {".ifdef BB \\\n AA\na\n.endif\n", {}}, // a directive is a physical line
        {"a \\\n.ifdef BB\n b \\\n.else\n c \\\n.endif\n d\n", {"1:a c d"}},
        {".NAME BB\na\n.endif\n", {"2:a"}}, // a macro in the directive itself counts
    };
    for (const auto& test : cases) {
        Macros macros;
        ASSERT_TRUE(macros.define("AA", "1", false, {}));
        ASSERT_TRUE(macros.define("EMPTY", "", false, {}));
        ASSERT_TRUE(macros.define("NAME", "ifdef", false, {}));
        const auto got = read(test.text, {}, {}, macros);
        EXPECT_EQ(got.lines, test.want) << test.text;
        EXPECT_EQ(got.errors, 0u) << got.problems;
    }
}

TEST(Lexer, LetsAConditionSpanIncludedFiles)
{
    EXPECT_EQ(read(".include /a\nx\n.endif\ny\n", {{"/a", ".ifdef BB\nz\n"}}).lines, (Lines{"4:y"}));
    EXPECT_EQ(read(".ifndef BB\n.include /a\nx\n", {{"/a", ".endif\n"}}).lines, (Lines{"3:x"}));
}

// --- included files -----------------------------------------------------------------------------

TEST(Lexer, ReadsIncludedFilesInPlaceWithTheirOwnOrigins)
{
    const Files files{{"/a/one", "1\n.include two\n3\n"}, {"/a/two", "2\n"}, {"/etc/x/rel", "r\n"}};
    EXPECT_EQ(read("0\n.include /a/one\n.include \"rel\"\n4\n", files).lines,
              (Lines{"1:0", "/a/one:1:1", "/a/two:1:2", "/a/one:3:3", "/etc/x/rel:1:r", "4:4"}));
}

TEST(Lexer, LetsAnIncludedFileContinueALine)
{
    EXPECT_EQ(read("a = \\\n.include /a\nb\n", {{"/a", "x : \\\ny\n"}}).lines, (Lines{"1:a = x : y", "3:b"}));
    EXPECT_EQ(read("a = \\\n.include /a\n:z\n", {{"/a", "x : \\\ny \\\n"}}).lines, (Lines{"1:a = x : y :z"}));
}

TEST(Lexer, SubstitutesMacrosInTheNameOfAnIncludedFile)
{
    Macros macros;
    ASSERT_TRUE(macros.define("DIR", "/a", false, {}));
    EXPECT_EQ(read(".include DIR/one\n", {{"/a/one", "1\n"}}, {}, macros).lines, (Lines{"/a/one:1:1"}));
}

TEST(Lexer, IgnoresAMissingFileOnlyWhereThatIsAllowed)
{
    EXPECT_EQ(read(".include_if_exists /none\na\n").errors, 0u);
    EXPECT_EQ(read(".include /none\na\n").problems,
              "/etc/x/main.conf:1: failed to open included configuration file /none: No such file or directory\n"
              "    .include /none\n");
}

TEST(Lexer, DoesNotIncludeWhereAConditionFails)
{
    EXPECT_EQ(read(".ifdef BB\n.include /none\n.endif\n").errors, 0u);
}

// --- errors and bounds --------------------------------------------------------------------------

struct ErrorCase {
    std::string text;
    std::string want; // begins the problem's text, after the file's name
};

TEST(Lexer, SaysWhatIsWrongAndWhere)
{
    const ErrorCase cases[] = {
        {"a\n.endif\n", "2: .endif without matching .ifdef"},
        {".else\n", "1: .else without matching .ifdef"},
        {".elifdef A\n", "1: .elifdef without matching .ifdef"},
        {"a\n.ifdef A\nb\n", "2: unexpected end of configuration file: .endif missing"},
        {".ifdef A\n.else\n.else\n.endif\n", "3: .else after .else"},
        {".ifdef A\n.else\n.elifdef B\n.endif\n", "3: .elifdef after .else"},
        {".ifdf A\n", "1: unknown directive .ifdf (did you mean .ifdef?)"},
        {".includ /a\n", "1: unknown directive .includ (did you mean .include?)"},
        {".include\n", "1: .include needs a file name"},
        {".include \"\"\n", "1: .include needs a file name"},
        {".include_if_exists a\n", "1: .include_if_exists specifies a non-absolute path \"a\""},
        {std::string("a\nb\0c\n", 6), "2: the line holds a zero octet"},
    };
    for (const auto& test : cases) {
        const auto got = read(test.text);
        EXPECT_EQ(got.errors, 1u) << test.text << got.problems;
        EXPECT_TRUE(got.problems.starts_with("/etc/x/main.conf:" + test.want)) << got.problems;
    }
}

TEST(Lexer, GoesOnAfterAnError)
{
    const auto got = read(".endif\na\n.include /none\nb\n.else\n");
    EXPECT_EQ(got.lines, (Lines{"2:a", "4:b"}));
    EXPECT_EQ(got.errors, 3u);
}

TEST(Lexer, BoundsTheDepthOfIncludedFiles)
{
    const auto got = read(".include /a\n", {{"/a", ".include /a\n"}}, {.include_depth = 10});
    EXPECT_EQ(got.errors, 1u);
    EXPECT_NE(got.problems.find("/a:1: included files are nested deeper than 10"), std::string::npos) << got.problems;
}

TEST(Lexer, BoundsTheDepthOfConditions)
{
    std::string text;
    for (int i = 0; i < 20; ++i)
        text += ".ifdef A\n";
    const auto got = read(text, {}, {.condition_depth = 10});
    EXPECT_NE(got.problems.find(":11: conditions are nested deeper than 10"), std::string::npos) << got.problems;
}

TEST(Lexer, BoundsSizes)
{
    EXPECT_EQ(read(std::string(200, 'a'), {}, {.total_size = 100}).errors, 1u);
    EXPECT_EQ(read(".include /a\n.include /a\n", {{"/a", std::string(60, 'a')}}, {.total_size = 100}).errors, 1u);
    EXPECT_EQ(read("a\\\nb\\\nc\\\nd", {}, {.line_size = 3}).errors, 1u);
    EXPECT_EQ(read("a\nb\nc\n", {}, {.lines = 2}).errors, 1u);
    Macros macros;
    ASSERT_TRUE(macros.define("AA", std::string(1000, 'x'), false, {}));
    EXPECT_EQ(read("AAAAAA\n", {}, {.line_size = 2000}, macros).errors, 1u);
}

TEST(Lexer, ReportsAFileThatCannotBeRead)
{
    Problems problems;
    Macros macros;
    const Source source{.name = "/no/such/file", .text = std::nullopt};
    Lexer lexer(source, macros, problems);
    EXPECT_FALSE(lexer.next());
    EXPECT_EQ(problems.text(), "configuration file /no/such/file: No such file or directory\n");
}

TEST(Lexer, NamesTheFilesThatItRead)
{
    Problems problems;
    Macros macros;
    const Source source = text_source(".include /a\n.include /b\n.include /a\n", {{"/a", "1\n"}, {"/b", "2\n"}});
    Lexer lexer(source, macros, problems);
    while (lexer.next()) {
    }
    EXPECT_EQ(lexer.files(), (std::vector<std::string>{"/etc/x/main.conf", "/a", "/b"}));
}

}
}
