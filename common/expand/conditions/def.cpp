// def:variable, def:h_header: — does it hold anything?

#include "common/expand/condition.h"
#include "common/expand/expand.h"
#include "common/expand/parser.h"

namespace gp::expand {
namespace {

class Defined final : public Test {
public:
    Defined(const Variable& variable, std::string name) : variable_(variable), name_(std::move(name)) {}

    Result<bool> holds(Scene& scene) const override
    {
        if (const auto* fact = scene.find_fact(name_))
            return !fact->empty();
        if (variable_.get) {
            const auto got = variable_.get(scene, name_);
            return got ? Result<bool>(!got->empty()) : Result<bool>(got.error());
        }
        return !variable_.absent.empty();
    }

private:
    const Variable& variable_; // of the language, which outlives every text
    std::string name_;
};

class HeaderThere final : public Test {
public:
    explicit HeaderThere(std::string name) : name_(std::move(name)) {}
    Result<bool> holds(Scene& scene) const override
    {
        return scene.message && scene.message->headers && scene.message->headers->has(name_);
    }

private:
    std::string name_;
};

bool take_header_prefix(Parser& parser)
{
    for (std::string_view prefix :
         {"h_", "header_", "rh_", "rheader_", "bh_", "bheader_", "lh_", "lheader_"}) {
        if (!parser.rest().starts_with(prefix))
            continue;
        parser.skip(prefix.size());
        return true;
    }
    return false;
}

Result<TestPtr> parse(Parser& parser, std::string_view)
{
    if (!parser.take(':'))
        return parser.fail("\":\" expected after \"def\"");
    if (take_header_prefix(parser)) {
        auto header = parser.header_name();
        parser.suspect_header(header);
        return TestPtr(std::make_unique<HeaderThere>(std::move(header)));
    }
    auto name = parser.name("_");
    const auto* variable = parser.language().find_variable(name);
    if (name.empty())
        return parser.fail("variable name omitted after \"def:\"");
    if (!variable)
        return parser.unknown_variable("unknown variable \"" + name + "\" after \"def:\"", name);
    return TestPtr(std::make_unique<Defined>(*variable, std::move(name)));
}

const RegisterCondition self{{
    .name = "def",
    .parse = parse,
    .doc = "A variable that is not empty, or a header that is there.",
}};

}
}
