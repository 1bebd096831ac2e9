// ${if CONDITION {yes}{no}}

#include "common/expand/detail/branching.h"
#include "common/expand/item.h"
#include "common/expand/parser.h"

namespace gp::expand {
namespace {

class If final : public Node {
public:
    If(TestPtr test, Branches branches) : test_(std::move(test)), branches_(std::move(branches)) {}

    Status evaluate(Scene& scene, Text& out) const override
    {
        // What a condition captures or finds holds for the texts behind it, and no longer (manual 11.7).
        const Saved captures(scene.captures);
        const Saved value(scene.value);
        const bool held = TRY(test_->holds(scene));
        static const Text answer = Text::clean("true");
        return branches_.take(scene, held, answer, out);
    }

private:
    TestPtr test_;
    Branches branches_;
};

Result<NodePtr> parse(Parser& parser)
{
    auto test = TRY(parser.condition());
    // A header name that swallowed a brace leaves things that look like a missing text.
    auto branches = parser.branches("if");
    if (!branches && parser.suspects_header())
        return parser.curly();
    return NodePtr(std::make_unique<If>(std::move(test), TRY(std::move(branches))));
}

const RegisterItem self{{
    .name = "if",
    .parse = parse,
    .doc = "One text or another, by a condition.",
}};

}
}
