#include "common/expand/detail/combining.h"

#include "common/expand/parser.h"

namespace gp::expand {
namespace {

class Combined final : public Test {
public:
    Combined(std::string_view word, std::vector<TestPtr> tests) : word_(word), tests_(std::move(tests)) {}

    Result<bool> holds(Scene& scene) const override
    {
        const bool decides = word_ == "or";
        for (const auto& test : tests_) {
            auto held = test->holds(scene);
            if (!held)
                return inside(std::move(held).error(), "\"" + std::string(word_) + "{...}\" condition");
            if (*held == decides)
                return decides;
        }
        return !decides;
    }

private:
    std::string_view word_; // the descriptor's
    std::vector<TestPtr> tests_;
};

}

Result<TestPtr> parse_combined(Parser& parser, std::string_view word)
{
    const std::string quoted = "\"" + std::string(word) + "\"";
    parser.skip_space();
    if (!parser.take('{'))
        return parser.fail("missing { after " + quoted);
    std::vector<TestPtr> tests;
    while (true) {
        parser.skip_space();
        if (parser.take('}'))
            return TestPtr(std::make_unique<Combined>(word, std::move(tests)));
        if (!parser.take('{'))
            return parser.fail("each subcondition inside an \"" + std::string(word) +
                               "{...}\" condition must be in its own {}");
        const auto where = "\"" + std::string(word) + "{...}\" condition";
        auto test = [&] {
            const Parser::Part here(parser, where);
            return parser.condition();
        }();
        if (!test)
            return inside(std::move(test).error(), where);
        tests.push_back(std::move(*test));
        parser.skip_space();
        if (!parser.take('}'))
            return parser.fail("missing } at end of condition inside " + quoted + " group");
    }
}

}
