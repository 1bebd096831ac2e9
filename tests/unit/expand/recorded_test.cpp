// Thousands of expressions, well formed and not, with what a real Exim 4.96 makes of them (-be): every
// operator, item, condition, header form and look-up form. A difference is a bug.

#include <gtest/gtest.h>

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

}
}
