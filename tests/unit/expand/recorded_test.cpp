// Thousands of expressions, well formed and not, with what a real Exim 4.96 makes of them (-be): every
// operator, item, condition, header form and look-up form. A difference is a bug.

#include <gtest/gtest.h>

#include "common/base/text.h"
#include "tests/unit/expand/ground.h"

namespace gp::expand {
namespace {

constexpr std::string_view table = R"(# comment
a: first
b: second \
   line
"quo ted": third
*: star
x.y.z: xyz
*.wild.ex: wildcard
c@d.e: address
*@d.e: anyone
)";

std::string unescaped(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        const char c = text[++i];
        out += c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
    }
    return out;
}

std::string in_folder(std::string text, const std::string& folder)
{
    for (std::size_t at = 0; (at = text.find("DIR", at)) != std::string::npos; at += folder.size())
        text.replace(at, 3, folder);
    return text;
}

// -be drops white space at the end of a line, and a newline at the end of a result cannot be told.
std::string trimmed(std::string text)
{
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    return text;
}

TEST(Recorded, ExpressionsGiveWhatEximGives)
{
    Ground ground;
    ground.write("ls", table);
    std::ifstream file(RECORDED);
    std::string line;
    std::size_t rows = 0;
    while (std::getline(file, line)) {
        const auto tab = line.find('\t');
        if (line.starts_with('#') || tab == std::string::npos)
            continue;
        const auto expression = in_folder(unescaped(line.substr(0, tab)), ground.folder);
        const auto wanted = in_folder(unescaped(line.substr(tab + 1)), ground.folder);
        Scene fresh(ground.world);
        fresh.message = &ground.message;
        fresh.origin = &ground.origin;
        fresh.host = &ground.host;
        const auto parsed = ground.language.parse(expression);
        const auto value = parsed ? parsed->expand(fresh) : Result<Text>(parsed.error());
        EXPECT_EQ(trimmed(value ? value->text : "Failed: " + value.error().text), wanted) << expression;
        ++rows;
    }
    EXPECT_GT(rows, 6000u);
}

// Whether the expression uses the word: ${word:…, ${word{…, or a condition's name.
bool uses(std::string_view expression, std::string_view word)
{
    for (auto at = expression.find(word); at != expression.npos; at = expression.find(word, at + 1)) {
        const char before = at == 0 ? ' ' : expression[at - 1];
        const auto end = at + word.size();
        const char after = end < expression.size() ? expression[end] : ' ';
        const bool begins = before == '{' || before == '!' || before == ' ' || before == '}';
        if (begins && !is_alnum(after))
            return true;
    }
    return false;
}

// Operators that newer versions than the recorded one have, and words whose cases need a world of their own.
constexpr std::string_view elsewhere[] = {"headerwrap", "xtextd", "dlfunc", "perl", "acl", "readsocket", "run", "certextract",
                                          "authresults"};

TEST(Recorded, EveryRegisteredWordHasCasesAndMalformedOnes)
{
    std::ifstream file(RECORDED);
    std::vector<std::string> good, bad;
    for (std::string line; std::getline(file, line);)
        if (const auto tab = line.find('\t'); tab != line.npos)
            (std::string_view(line).substr(tab + 1).starts_with("Failed") ? bad : good).push_back(line.substr(0, tab));
    const auto language = Language::linked();
    std::vector<std::string_view> words;
    for (const auto& row : language.operators().all())
        words.push_back(row.name);
    for (const auto& row : language.items().all())
        words.push_back(row.name);
    for (const auto& row : language.conditions().all())
        words.push_back(row.name);
    for (const auto word : words) {
        if (std::ranges::find(elsewhere, word) != std::end(elsewhere))
            continue;
        const auto uses_it = [&](const std::string& expression) { return uses(expression, word); };
        EXPECT_TRUE(std::ranges::any_of(good, uses_it) || std::ranges::any_of(bad, uses_it)) << word << " has no case";
        EXPECT_TRUE(std::ranges::any_of(bad, uses_it)) << word << " has no malformed case";
    }
}

}
}
