#include "common/expand/detail/nodes.h"

#include <array>
#include <span>

#include "common/base/number.h"
#include "common/expand/certificate.h"
#include "common/expand/scene.h"

namespace gp::expand {
namespace {

// What was made, behind what is there. Nothing is copied when it is the first and `out` has no room for it.
void add(Text& out, Text&& made)
{
    if (out.empty() && !out.tainted() && out.text.capacity() < made.text.size())
        out = std::move(made);
    else
        out.append(made);
}

// The expanded texts of a call: on the stack, unless there are many.
class Arguments {
public:
    explicit Arguments(std::size_t count) : many_(count > few_.size() ? count : 0), count_(count) {}

    Status expand(Scene& scene, const std::vector<std::unique_ptr<Sequence>>& texts)
    {
        Text* into = first();
        for (const auto& text : texts)
            TRY(text->evaluate(scene, *into++));
        return {};
    }

    std::span<const Text> all() { return {first(), count_}; }

private:
    Text* first() { return many_.empty() ? few_.data() : many_.data(); }

    std::array<Text, 3> few_;
    std::vector<Text> many_;
    std::size_t count_;
};

}

CaptureNode::CaptureNode(const std::string& digits)
{
    const auto number = parse_unsigned(digits);
    number_ = number ? *number : Captures::most;
}

Status CaptureNode::evaluate(Scene& scene, Text& out) const
{
    if (number_ < scene.captures.values.size())
        out.append(scene.captures.values[number_]);
    return {};
}

Status HeaderNode::evaluate(Scene& scene, Text& out) const
{
    if (!scene.message || !scene.message->headers)
        return {};
    add(out, Text::from(scene.message->headers->get(name_, form_, scene.headers_charset()), "$h_..."));
    return {};
}

Status VariableNode::evaluate(Scene& scene, Text& out) const
{
    if (const auto* fact = scene.find_fact(name_)) {
        out.append(*fact);
        return {};
    }
    if (!variable_.get) {
        out.append(variable_.absent);
        return {};
    }
    auto got = variable_.get(scene, name_);
    if (!got)
        return std::move(got).error();
    add(out, std::move(*got));
    return {};
}

Status OperatorNode::evaluate(Scene& scene, Text& out) const
{
    Text subject;
    TRY(subject_->evaluate(scene, subject));
    const OperatorCall call{scene, subject, argument_, has_argument_, as_written_};
    if (operation_.apply_to_certificate) {
        // A certificate is taken apart; its text is never shown.
        const auto* alone = dynamic_cast<const VariableNode*>(subject_->only());
        if (alone && alone->variable().is_certificate && !subject.empty()) {
            const Text der = Text::clean(TRY(der_of_certificate(subject.text)));
            out.append(TRY(operation_.apply_to_certificate({scene, der, argument_, has_argument_, as_written_})));
            return {};
        }
    }
    auto made = operation_.apply(call);
    if (!made)
        return std::move(made).error();
    add(out, std::move(*made));
    return {};
}

Status ItemNode::evaluate(Scene& scene, Text& out) const
{
    Arguments texts(texts_.size());
    TRY(texts.expand(scene, texts_));
    auto made = item_.apply({scene, texts.all(), item_.name});
    if (!made)
        return std::move(made).error();
    add(out, std::move(*made));
    return {};
}

Result<bool> ConditionTest::holds(Scene& scene) const
{
    Arguments texts(texts_.size());
    TRY(texts.expand(scene, texts_));
    return condition_.test({scene, texts.all(), condition_.name});
}

}
