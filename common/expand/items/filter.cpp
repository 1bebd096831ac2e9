// ${filter{…}…}: the items of a list that meet a condition.

#include "common/expand/detail/branching.h"
#include "common/expand/detail/list_walk.h"
#include "common/expand/item.h"
#include "common/expand/parser.h"

namespace gp::expand {
namespace {

class Filter final : public Node {
public:
    Filter(std::unique_ptr<Sequence> list, TestPtr test) : list_(std::move(list)), test_(std::move(test)) {}

    Status evaluate(Scene& scene, Text& out) const override
    {
        const auto list = TRY(list_->text(scene));
        auto items = TRY(list_items(scene, list));
        const Saved item(scene.item);
        ListBuilder result(out, items.separator);
        for (auto& words : items.items) {
            scene.item = list_element(list, std::move(words));
            auto held = test_->holds(scene);
            if (!held) // said otherwise than of what is wrong with the condition itself
                return inside(std::move(held).error(), "\"filter\" condition");
            if (*held)
                result.add(scene.item);
        }
        return {};
    }

private:
    std::unique_ptr<Sequence> list_;
    TestPtr test_;
};

Result<NodePtr> parse_filter(Parser& parser)
{
    auto list = TRY(list_argument(parser, "first", "filter"));
    parser.skip_space();
    if (!parser.take('{'))
        return parser.fail("missing '{' for last arg of filter");
    auto test = [&] {
        const Parser::Part here(parser, item_words("filter"));
        return parser.condition();
    }();
    if (!test)
        return within_item(std::move(test).error(), "filter");
    parser.skip_space();
    if (!parser.take('}'))
        return parser.fail("missing } at end of condition or expression inside \"filter\"; could be an "
                           "unquoted } in the content");
    TRY(list_item_end(parser, "filter"));
    return NodePtr(std::make_unique<Filter>(std::move(list), std::move(*test)));
}

const RegisterItem self{{
    .name = "filter",
    .parse = parse_filter,
    .doc = "The items of a list that meet a condition.",
}};

}
}
