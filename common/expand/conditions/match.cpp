// match {text}{regular expression}: $0, $1 … are set when it does.

#include "common/expand/condition.h"
#include "common/expand/detail/judge.h"
#include "common/expand/detail/regex_cache.h"
#include "common/expand/parser.h"

namespace gp::expand {
namespace {

class Match final : public Test {
public:
    Match(std::unique_ptr<Sequence> subject, std::unique_ptr<Sequence> pattern, bool translates)
        : subject_(std::move(subject)), pattern_(std::move(pattern))
    {
        if (translates)
            regex_.prepare(*pattern_, lookup::Regex::none);
    }

    Result<bool> holds(Scene& scene) const override
    {
        Text subject, pattern;
        TRY(subject_->evaluate(scene, subject));
        TRY(pattern_->evaluate(scene, pattern));
        const auto regex = TRY(regex_.get(pattern.text, lookup::Regex::none));
        std::vector<lookup::Regex::Span> groups;
        if (!TRY(regex.match(subject.text, groups)))
            return false;
        set_captures(scene, subject, groups);
        return true;
    }

private:
    std::unique_ptr<Sequence> subject_, pattern_;
    RegexCache regex_;
};

Result<TestPtr> parse(Parser& parser, std::string_view word)
{
    auto subject = TRY(parser.condition_text(word));
    parser.skip_space();
    if (parser.peek() != '{')
        return parser.fail("missing 2nd string in {} after \"" + std::string(word) + "\"");
    auto pattern = TRY(parser.condition_text(word));
    if (auto* judge = parser.judge())
        judge->pattern(*pattern);
    return TestPtr(std::make_unique<Match>(std::move(subject), std::move(pattern), parser.translates()));
}

const RegisterCondition self{{
    .name = "match",
    .parse = parse,
    .doc = "A regular expression matches somewhere in the text.",
}};

}
}
