// ${reduce{…}…}: one value out of all items of a list.

#include "common/expand/detail/branching.h"
#include "common/expand/detail/list_walk.h"
#include "common/expand/item.h"
#include "common/expand/parser.h"

namespace gp::expand {
namespace {

class Reduce final : public Node {
public:
    Reduce(std::unique_ptr<Sequence> list, std::unique_ptr<Sequence> start, std::unique_ptr<Sequence> text)
        : list_(std::move(list)), start_(std::move(start)), text_(std::move(text))
    {}

    Status evaluate(Scene& scene, Text& out) const override
    {
        const auto list = TRY(list_->text(scene));
        auto items = TRY(list_items(scene, list));
        auto value = TRY(start_->text(scene));
        const Saved saved_item(scene.item);
        const Saved saved_value(scene.value);
        for (auto& words : items.items) {
            scene.item = list_element(list, std::move(words));
            scene.value = std::move(value);
            auto next = text_->text(scene);
            if (!next)
                return within_item(std::move(next).error(), "reduce");
            value = std::move(*next);
        }
        out.append(value);
        return {};
    }

private:
    std::unique_ptr<Sequence> list_, start_, text_;
};

Result<NodePtr> parse_reduce(Parser& parser)
{
    auto list = TRY(list_argument(parser, "first", "reduce"));
    auto start = TRY(list_argument(parser, "second", "reduce"));
    auto text = TRY(repeated_text(parser, "last", "reduce"));
    TRY(list_item_end(parser, "reduce"));
    return NodePtr(std::make_unique<Reduce>(std::move(list), std::move(start), std::move(text)));
}

const RegisterItem self{{
    .name = "reduce",
    .parse = parse_reduce,
    .doc = "One value out of all items of a list.",
}};

}
}
