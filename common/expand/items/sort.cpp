// ${sort{…}…}: a list in order.

#include <iterator>
#include <list>
#include <set>
#include <vector>

#include "common/base/text.h"
#include "common/expand/detail/branching.h"
#include "common/expand/detail/list_walk.h"
#include "common/expand/detail/slices.h"
#include "common/expand/expand.h"
#include "common/expand/item.h"
#include "common/expand/parser.h"

namespace gp::expand {
namespace {

class Sort final : public Node {
public:
    // `source` is the extractor as written, for its error text.
    Sort(std::unique_ptr<Sequence> list, std::unique_ptr<Sequence> comparator,
         std::unique_ptr<Sequence> extractor, std::string_view source)
        : list_(std::move(list)), comparator_(std::move(comparator)), extractor_(std::move(extractor)),
          source_(source)
    {}

    Status evaluate(Scene& scene, Text& out) const override
    {
        const auto list = TRY(list_->text(scene));
        const auto order = TRY(order_of(scene));
        auto items = TRY(list_items(scene, list));
        std::vector<Row> rows;
        const Saved item(scene.item);
        for (auto& words : items.items) {
            scene.item = list_element(list, words);
            auto key_text = extractor_->text(scene);
            if (!key_text && key_text.error().cause == Cause::too_big)
                return key_text.error();
            if (!key_text || key_text->empty())
                return misconfigured("field-extract in sort: \"" + source_ + "\"");
            auto number = order.is_numeric ? integer(key_text->text) : Result<std::int64_t>(0);
            const bool has_number = static_cast<bool>(number);
            rows.push_back({std::move(words), std::move(*key_text), has_number ? *number : 0, has_number});
        }
        put_in_order(rows, order);
        ListBuilder result(out, items.separator, ListBuilder::Space::of_empty_items);
        for (auto& row : rows)
            result.add(list_element(list, std::move(row.words)));
        return {};
    }

private:
    struct Row {
        std::string words;
        Text key;
        std::int64_t number; // of the key, for the numeric ones
        bool has_number;     // false: the key is none, and comes before nothing
    };
    using Less = bool (*)(const Row& a, const Row& b);
    struct Order {
        Less less;
        bool is_numeric, or_equal;
    };

    Result<Order> order_of(Scene& scene) const
    {
        const auto comparator = TRY(comparator_->text(scene));
        const auto word = trim_right(comparator.text);
        if (word.empty() || (!is_alpha(word.front()) && word.find_first_not_of("<>=") != word.npos))
            return misconfigured("condition name expected, but found \"" + comparator.text.substr(0, 16) +
                                 "\"");
        const auto* order = scene.world.language.find_condition(word);
        if (!order)
            return misconfigured("unknown comparator \"" + comparator.text + "\" for sort");
        if (!order->orders)
            return misconfigured("comparator not handled for sort");
        return Order{less_of(order->name), order->name[0] == '<' || order->name[0] == '>',
                     order->name.ends_with('=') || order->name.starts_with("le") ||
                         order->name.starts_with("ge")};
    }

    // As if each were put in before the first one that it comes before; so an "or equal" puts later equals
    // first, and what is no number stays behind all that came before it. The numbers alone are always in
    // order, which finds the place.
    static void put_in_order(std::vector<Row>& rows, const Order& order)
    {
        using Place = std::list<Row>::iterator;
        std::list<Row> placed;
        const auto before = [&](Place a, Place b) { return order.less(*a, *b); };
        std::multiset<Place, decltype(before)> numbers(before);
        for (auto& row : rows) {
            const auto last = placed.insert(placed.end(), std::move(row));
            if (!last->has_number)
                continue;
            const auto next = order.or_equal ? numbers.lower_bound(last) : numbers.upper_bound(last);
            if (next != numbers.end())
                placed.splice(*next, placed, last);
            numbers.insert(next, last);
        }
        rows.assign(std::make_move_iterator(placed.begin()), std::make_move_iterator(placed.end()));
    }

    static Less less_of(std::string_view name)
    {
        struct Known {
            std::string_view names[2];
            Less less;
        };
        static constexpr Known table[] = {
            {{"<", "<="}, [](const Row& a, const Row& b) { return a.number < b.number; }},
            {{">", ">="}, [](const Row& a, const Row& b) { return a.number > b.number; }},
            {{"lt", "le"}, [](const Row& a, const Row& b) { return a.key.text < b.key.text; }},
            {{"gt", "ge"}, [](const Row& a, const Row& b) { return a.key.text > b.key.text; }},
            {{"lti", "lei"},
             [](const Row& a, const Row& b) { return compare_nocase(a.key.text, b.key.text) < 0; }},
            {{"gti", "gei"},
             [](const Row& a, const Row& b) { return compare_nocase(a.key.text, b.key.text) > 0; }},
        };
        for (const auto& row : table)
            if (row.names[0] == name || row.names[1] == name)
                return row.less;
        return table[0].less;
    }

    std::unique_ptr<Sequence> list_, comparator_, extractor_;
    std::string source_;
};

Result<NodePtr> parse_sort(Parser& parser)
{
    auto list = TRY(list_argument(parser, "list", "sort"));
    auto comparator = TRY(list_argument(parser, "comparator", "sort"));
    parser.skip_space();
    const auto from = parser.place();
    auto extractor = TRY(repeated_text(parser, "extractor", "sort"));
    auto source = parser.since(from);
    if (source.size() >= 2)
        source = source.substr(1, source.size() - 2); // without its braces
    TRY(list_item_end(parser, "sort"));
    return NodePtr(
        std::make_unique<Sort>(std::move(list), std::move(comparator), std::move(extractor), source));
}

const RegisterItem self{{
    .name = "sort",
    .parse = parse_sort,
    .doc = "A list in order.",
}};

}
}
