#include "common/expand/detail/for_each.h"

#include "common/base/text.h"
#include "common/expand/detail/branching.h"
#include "common/expand/detail/json.h"
#include "common/expand/parser.h"

namespace gp::expand {
namespace {

enum class Form { plain, json, jsons };

class ForEach final : public Test {
public:
    ForEach(std::string_view word, std::unique_ptr<Sequence> list, TestPtr test)
        : word_(word), list_(std::move(list)), test_(std::move(test))
    {
        form_ = word_.ends_with("_jsons") ? Form::jsons : word_.ends_with("_json") ? Form::json : Form::plain;
        wants_all_ = word_.starts_with("forall");
    }

    // An empty list makes both false, as in Exim.
    Result<bool> holds(Scene& scene) const override
    {
        const auto list = TRY(list_->text(scene));
        auto items = TRY(items_of(scene, list));
        const Saved item(scene.item);
        bool any = false;
        for (auto& words : items) {
            scene.item = Text::clean(std::move(words));
            scene.item.mark(list);
            auto held = test_->holds(scene);
            if (!held)
                return inside(std::move(held).error(), "\"" + std::string(word_) + "\" condition");
            if (*held != wants_all_)
                return *held;
            any = true;
        }
        return wants_all_ && any;
    }

private:
    Result<std::vector<std::string>> items_of(const Scene& scene, const Text& list) const
    {
        if (form_ == Form::plain)
            return TRY(list_items(scene, list)).items;
        std::vector<std::string> out;
        for (auto element : TRY(json_elements(list.text, word_))) {
            if (form_ == Form::jsons)
                element = TRY(json_unquoted(element, "extract jsons"));
            out.emplace_back(element);
            if (out.size() > scene.world.limits.expansion_list_max)
                return misconfigured("a list has too many items (expansion_list_max)", Cause::too_big);
        }
        return out;
    }

    std::string_view word_; // the descriptor's
    Form form_;
    bool wants_all_;
    std::unique_ptr<Sequence> list_;
    TestPtr test_;
};

}

Result<TestPtr> parse_for_each(Parser& parser, std::string_view word)
{
    const std::string quoted = "\"" + std::string(word) + "\"";
    auto list = TRY(parser.condition_text(word));
    parser.skip_space();
    if (!parser.take('{'))
        return parser.fail("missing { after " + quoted);
    auto test = [&] {
        const Parser::Part here(parser, quoted + " condition");
        return parser.condition();
    }();
    if (!test)
        return inside(std::move(test).error(), quoted + " condition");
    parser.skip_space();
    if (!parser.take('}'))
        return parser.fail("missing } at end of condition inside " + quoted);
    return TestPtr(std::make_unique<ForEach>(word, std::move(list), std::move(*test)));
}

Result<bool> in_list(const ConditionCall& call, bool caseless)
{
    const auto& needle = call.arguments[0].text;
    const auto& list = call.arguments[1];
    for (auto& item : TRY(list_items(call.scene, list)).items) {
        if (caseless ? !same_nocase(item, needle) : item != needle)
            continue;
        call.scene.value = Text::clean(std::move(item));
        call.scene.value.mark(list);
        return true;
    }
    return false;
}

}
