// ${env{NAME}{yes}{no}}: a variable of the environment that keep_environment left.

#include "common/expand/detail/branching.h"
#include "common/expand/item.h"
#include "common/expand/parser.h"

namespace gp::expand {
namespace {

class Env final : public Node {
public:
    Env(std::unique_ptr<Sequence> key, Branches branches) : key_(std::move(key)), branches_(std::move(branches)) {}

    Status evaluate(Scene& scene, Text& out) const override
    {
        const auto name = TRY(key_->text(scene)).text;
        std::optional<std::string> found;
        if (!name.empty() && name.find('=') == std::string::npos && scene.world.effects.environment)
            found = scene.world.effects.environment->get(name);
        return take_branch(scene, branches_, found.has_value(), Text::clean(found.value_or("")), out);
    }

private:
    std::unique_ptr<Sequence> key_;
    Branches branches_;
};

Result<NodePtr> parse(Parser& parser)
{
    parser.skip_space();
    if (!parser.take('{'))
        return parser.fail("missing '{' for name arg of env");
    auto key = TRY(parser.inside_braces());
    if (!parser.take('}'))
        return parser.curly();
    return NodePtr(std::make_unique<Env>(std::move(key), TRY(parser.branches("env"))));
}

const RegisterItem self{{
    .name = "env",
    .parse = parse,
    .doc = "A variable of the environment.",
}};

}
}
