#include "common/config/macros.h"

#include <gtest/gtest.h>

namespace gp::config {
namespace {

constexpr std::size_t plenty = 100000;

std::string substituted(const Macros& macros, std::string line)
{
    const auto done = macros.substitute(line, plenty);
    EXPECT_TRUE(done);
    return line;
}

Macros with(std::initializer_list<std::pair<const char*, const char*>> definitions)
{
    Macros macros;
    for (const auto& [name, value] : definitions)
        EXPECT_TRUE(macros.define(name, value, false, {})) << name;
    return macros;
}

TEST(Macros, AreReplacedWhereverTheirNameStands)
{
    const auto macros = with({{"AB", "x"}});
    EXPECT_EQ(substituted(macros, "AB fooABbar CABD ab"), "x fooxbar CxD ab");
}

TEST(Macros, AreTriedInTheOrderOfTheirDefinition)
{
    const auto macros = with({{"ABCD_XYZ", "one"}, {"ABCD", "two"}});
    EXPECT_EQ(substituted(macros, "ABCD_XYZ.ABCD.ABCDE"), "one.two.twoE");
}

TEST(Macros, AreNotSearchedAgainForThemselvesButForLaterOnes)
{
    EXPECT_EQ(substituted(with({{"AA", "BB.AA"}, {"BB", "y"}}), "AA"), "y.AA");
    EXPECT_EQ(substituted(with({{"BB", "y"}, {"AA", "BB.x"}}), "AA"), "BB.x");
}

TEST(Macros, TellWhetherTheyWereNamedEvenIfTheyAreEmpty)
{
    const auto macros = with({{"AA", ""}});
    std::string line = "xAAy";
    EXPECT_TRUE(*macros.substitute(line, plenty));
    EXPECT_EQ(line, "xy");
    EXPECT_FALSE(*macros.substitute(line, plenty));
}

TEST(Macros, AreNotReplacedInTheNameThatALineDefines)
{
    const auto macros = with({{"AA", "x"}});
    EXPECT_EQ(substituted(macros, "AA == AA:y"), "AA == x:y");
    EXPECT_EQ(substituted(macros, "AAB=AA"), "AAB=x");
    EXPECT_EQ(substituted(macros, "AA AA = AA"), "x x = x");
}

TEST(Macros, RefuseANameThatHoldsAnEarlierOne)
{
    auto macros = with({{"ABCD", "1"}});
    const auto refused = macros.define("XABCD_1", "2", false, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().text,
              "\"XABCD_1\" cannot be defined as a macro because previously defined macro \"ABCD\" is a substring");
}

TEST(Macros, RefuseASecondDefinitionButAllowARedefinition)
{
    auto macros = with({{"AA", "a"}, {"BB", "b"}});
    EXPECT_FALSE(macros.define("AA", "c", false, {}));
    ASSERT_TRUE(macros.define("AA", "BB", true, {}));
    EXPECT_EQ(substituted(macros, "AA"), "b"); // the order stays that of the first definitions
    EXPECT_FALSE(macros.define("CC", "c", true, {}));
}

TEST(Macros, FromTheCommandLineWin)
{
    Macros macros;
    ASSERT_TRUE(macros.define_on_command_line("AA=x"));
    EXPECT_TRUE(macros.define("AA", "y", false, {}));
    EXPECT_TRUE(macros.define("AA", "z", true, {}));
    EXPECT_EQ(substituted(macros, "AA"), "x");
}

TEST(Macros, FromTheCommandLineHaveEximsForms)
{
    Macros macros;
    EXPECT_TRUE(macros.define_on_command_line("AB=a=b"));
    EXPECT_TRUE(macros.define_on_command_line("CD"));
    EXPECT_TRUE(macros.define_on_command_line("EF = x y "));
    EXPECT_EQ(substituted(macros, "[AB][CD][EF]"), "[a=b][][x y]");
    EXPECT_FALSE(macros.define_on_command_line("ab=1"));
    EXPECT_FALSE(macros.define_on_command_line("_AB=1"));
    EXPECT_FALSE(macros.define_on_command_line("A-B=1"));
    EXPECT_FALSE(macros.define_on_command_line("AB=2"));
    EXPECT_FALSE(macros.define_on_command_line(""));
    EXPECT_FALSE(macros.define_on_command_line(std::string(64, 'A')));
}

TEST(Macros, BuiltInOnesComeFirstAndTheLongestNameWins)
{
    Macros macros;
    macros.add_built_in("_HAVE_TLS");
    macros.add_built_in("_HAVE_TLS_OCSP", "ocsp");
    ASSERT_TRUE(macros.define("HAVE", "zzz", false, {}));
    EXPECT_EQ(substituted(macros, "_HAVE_TLS _HAVE_TLS_OCSP _HAVE_TLSX MY_HAVE_TLS"), "y ocsp yX MYy");
    EXPECT_EQ(substituted(macros, "_HAVE_NOTHING"), "_zzz_NOTHING");
}

TEST(Macros, HaveABoundedEffect)
{
    const auto macros = with({{"AA", "0123456789"}});
    std::string line(200, 'A');
    EXPECT_FALSE(macros.substitute(line, 500));
}

TEST(Macros, AreManyAndStillQuick)
{
    Macros macros;
    for (int i = 0; i < 3000; ++i)
        ASSERT_TRUE(macros.define("M" + std::to_string(100000 + i) + "_X", "v", false, {}));
    EXPECT_EQ(substituted(macros, "a = M101234_X M102999_X"), "a = v v");
}

}
}
