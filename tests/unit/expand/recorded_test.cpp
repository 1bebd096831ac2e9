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

// Says yes to whoever gives the word "right" as the last argument.
class OnePassword final : public PasswordChecks {
public:
    Result<bool> check(std::string_view, const std::vector<std::string>& arguments) override
    {
        return !arguments.empty() && arguments.back() == "right";
    }
};

// The ACL "accepting" accepts with its first argument as the message; "denying" denies, and there are no others.
class TwoAcls final : public Acls {
public:
    AclOutcome call(Scene& scene, const Text& name) override
    {
        if (name.text == "denying")
            return {.verdict = AclOutcome::Verdict::deny, .message = {}};
        if (name.text != "accepting")
            return {};
        return {.verdict = AclOutcome::Verdict::accept, .message = scene.acl.values[0]};
    }
};

// Beyond what was recorded: operators that newer versions than the recorded one have, and words that need a world of
// their own. Where Exim 4.96 knows the word the result is its own; ${perl and ${dlfunc are refused here.
struct Case {
    std::string_view word, expression, result;
};
constexpr Case cases[] = {
    {"headerwrap", "${headerwrap_20_100:aa bb cc}", "aa bb cc"},
    {"headerwrap", "${headerwrap_x:a}", "Failed: non-digit after underscore in \"headerwrap_x\""},
    {"xtextd", "${xtextd:a+20b}", "a b"},
    {"xtextd", "${xtextd:a+2}", "Failed: \"a+2\" is not a valid xtext: xtext has a + without two hexadecimal digits"},
    {"run", "${run{/nonexistent/x}{y}{n}}", "y"}, // by the runner of these tests
    {"run", "${run{/bin/false}{y}{n}}", "n"},
    {"run", "${run a}", "Failed: missing '{' for command arg of run"},
    {"readsocket", "${readsocket{/nonexistent/s}{x}{}{}{missing}}", "missing"},
    {"readsocket", "${readsocket}", "Failed: Not enough arguments for 'readsocket' (min is 2)"},
    {"certextract", "${certextract{subject}{$tls_in_peercert}{y}{n}}", "n"},
    {"certextract", "${certextract{subject}}", "Failed: missing '{' for cert variable arg of certextract"},
    {"certextract", "${certextract{subject}{abc}{y}{n}}",
     "Failed: second argument of \"certextract\" must be a certificate variable"},
    {"authresults", "${authresults{mx.example}}", "Authentication-Results: mx.example"},
    {"authresults", "${authresults{mx.example}", "Failed: missing '}' after 'authresults'"},
    {"authresults", "${authresults}", "Failed: Not enough arguments for 'authresults' (min is 1)"},
    {"acl", "${acl{accepting}{words}}", "words"},
    {"acl", "${acl{nosuch}}", "Failed: ERROR from acl \"nosuch\""},
    {"acl", "${if acl{{accepting}{words}}{y}{n}}", "y"},
    {"acl", "${if acl{{denying}}{y}{n}}", "n"},
    {"acl", "${acl}", "Failed: Not enough arguments for 'acl' (min is 1)"},
    {"perl", "${perl{f}}", "Failed: ${perl is not supported: use ${run{PROGRAM ARGUMENTS}}"},
    {"perl", "${perl}", "Failed: Not enough arguments for 'perl' (min is 1)"},
    {"dlfunc", "${dlfunc{/x}{y}}", "Failed: ${dlfunc is not supported: use ${run{PROGRAM ARGUMENTS}}"},
    {"dlfunc", "${dlfunc{/x}}", "Failed: Not enough arguments for 'dlfunc' (min is 2)"},
    {"randint", "${randint:1}", "0"},
    {"stat", "${sg{${stat:/}}{=.*}{}}", "mode"},
    {"utf8_localpart_from_alabel", "${utf8_localpart_from_alabel:${utf8_localpart_to_alabel:ü}}", "ü"},
    {"pam", "${if pam{user:right}{y}{n}}", "y"},
    {"pwcheck", "${if pwcheck{right}{y}{n}}", "y"},
    {"radius", "${if radius{right}{y}{n}}", "y"},
    {"ldapauth", "${if ldapauth{right}{y}{n}}", "y"},
    {"saslauthd", "${if saslauthd{{user}{right}}{y}{n}}", "y"},
};

TEST(Recorded, CasesOfWordsWithAWorldOfTheirOwn)
{
    Ground ground;
    OnePassword passwords;
    TwoAcls acls;
    ground.world.effects.passwords = &passwords;
    ground.world.effects.acls = &acls;
    for (const auto& row : cases)
        EXPECT_EQ(ground.shown_on_fiber(row.expression), row.result) << row.expression;
}

// Words that only a refusal is good for.
constexpr std::string_view refused[] = {"perl", "dlfunc"};

TEST(Recorded, EveryRegisteredWordHasGoodCasesAndMalformedOnes)
{
    std::ifstream file(RECORDED);
    std::vector<std::string> good, bad;
    for (std::string line; std::getline(file, line);)
        if (const auto tab = line.find('\t'); tab != line.npos)
            (std::string_view(line).substr(tab + 1).starts_with("Failed") ? bad : good).push_back(line.substr(0, tab));
    for (const auto& row : cases)
        (row.result.starts_with("Failed") ? bad : good).emplace_back(row.expression);
    const auto language = Language::linked();
    const auto has_both = [&](std::string_view word, std::string_view before, std::string_view after) {
        const auto uses_it = [&](const std::string& expression) { return uses(expression, word); };
        const bool wants_good = std::ranges::find(refused, word) == std::end(refused);
        EXPECT_TRUE(!wants_good || std::ranges::any_of(good, uses_it)) << before << word << after << " has no good case";
        EXPECT_TRUE(std::ranges::any_of(bad, uses_it)) << before << word << after << " has no malformed case";
    };
    for (const auto& row : language.operators().all())
        has_both(row.name, "${", ":");
    for (const auto& row : language.items().all())
        has_both(row.name, "${", "{");
    for (const auto& row : language.conditions().all())
        has_both(row.name, "${if ", "");
}

}
}
