// ${listextract{…}…}: one item of a list, by number.

#include <charconv>

#include "common/base/text.h"
#include "common/expand/detail/branching.h"
#include "common/expand/detail/judge.h"
#include "common/expand/item.h"
#include "common/expand/parser.h"

namespace gp::expand {
namespace {

class ListExtract final : public Node {
public:
    ListExtract(std::unique_ptr<Sequence> number, std::unique_ptr<Sequence> list, Branches branches)
        : number_(std::move(number)), list_(std::move(list)), branches_(std::move(branches))
    {}

    Status evaluate(Scene& scene, Text& out) const override
    {
        const auto number = TRY(wanted(scene));
        const auto list = TRY(list_->text(scene));
        auto items = TRY(list_items(scene, list)).items;
        const auto count = static_cast<std::int64_t>(items.size());
        const auto index = number > 0 ? number - 1 : count + number;
        const bool is_there = number != 0 && index >= 0 && index < count;
        Text value;
        if (is_there) {
            value = Text::clean(std::move(items[static_cast<std::size_t>(index)]));
            value.mark(list);
        }
        return take_branch(scene, branches_, is_there, std::move(value), out);
    }

private:
    Result<std::int64_t> wanted(Scene& scene) const
    {
        const auto text = TRY(number_->text(scene));
        const auto digits = trim(text.text);
        if (digits.empty())
            return misconfigured("first argument of \"listextract\" must not be empty");
        std::int64_t number = 0;
        const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (read.ec != std::errc{} || read.ptr != digits.data() + digits.size())
            return misconfigured("first argument of \"listextract\" must be numeric");
        return number;
    }

    std::unique_ptr<Sequence> number_, list_;
    Branches branches_;
};

Result<std::unique_ptr<Sequence>> argument(Parser& parser, unsigned number)
{
    parser.skip_space();
    if (!parser.take('{'))
        return parser.fail("missing '{' for arg " + std::to_string(number) + " of listextract");
    auto out = TRY(parser.inside_braces());
    if (!parser.take('}'))
        return parser.fail("missing '}' closing arg " + std::to_string(number) + " of listextract");
    return out;
}

Result<NodePtr> parse(Parser& parser)
{
    auto number = TRY(argument(parser, 1));
    if (auto* judge = parser.judge())
        judge->item_number(*number);
    auto list = TRY(argument(parser, 2));
    auto branches = TRY(parser.branches("listextract"));
    return NodePtr(std::make_unique<ListExtract>(std::move(number), std::move(list), std::move(branches)));
}

const RegisterItem self{{
    .name = "listextract",
    .parse = parse,
    .doc = "One item of a list, by number.",
}};

}
}
