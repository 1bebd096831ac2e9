// ${map{…}…}: a text for each item of a list.

#include "common/expand/detail/branching.h"
#include "common/expand/detail/list_walk.h"
#include "common/expand/item.h"
#include "common/expand/parser.h"

namespace gp::expand {
namespace {

class Map final : public Node {
public:
    Map(std::unique_ptr<Sequence> list, std::unique_ptr<Sequence> text)
        : list_(std::move(list)), text_(std::move(text))
    {}

    Status evaluate(Scene& scene, Text& out) const override
    {
        const auto list = TRY(list_->text(scene));
        auto items = TRY(list_items(scene, list));
        const Saved item(scene.item);
        ListBuilder result(out, items.separator);
        for (auto& words : items.items) {
            scene.item = list_element(list, std::move(words));
            auto text = text_->text(scene);
            if (!text)
                return within_item(std::move(text).error(), "map");
            result.add(*text);
            if (out.text.size() > scene.world.limits.expansion_size_max)
                return misconfigured("expansion is too long (expansion_size_max)", Cause::too_big);
        }
        return {};
    }

private:
    std::unique_ptr<Sequence> list_, text_;
};

Result<NodePtr> parse_map(Parser& parser)
{
    auto list = TRY(list_argument(parser, "first", "map"));
    auto text = TRY(repeated_text(parser, "last", "map"));
    TRY(list_item_end(parser, "map"));
    return NodePtr(std::make_unique<Map>(std::move(list), std::move(text)));
}

const RegisterItem self{{
    .name = "map",
    .parse = parse_map,
    .doc = "A text for each item of a list.",
}};

}
}
