#include "common/expand/detail/nodes.h"

#include <array>
#include <span>

#include "common/base/number.h"
#include "common/expand/certificate.h"
#include "common/expand/scene.h"

namespace gp::expand {
namespace {

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
    out.append(Text::from(scene.message->headers->get(name_, form_, scene.headers_charset()), "$h_..."));
    return {};
}

Status VariableNode::evaluate(Scene& scene, Text& out) const
{
    if (const auto* fact = scene.find_fact(name_)) {
        out.append(*fact);
        return {};
    }
    if (variable_.get)
        out.append(TRY(variable_.get(scene, name_)));
    else
        out.append(variable_.absent);
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
    out.append(TRY(operation_.apply(call)));
    return {};
}

Status ItemNode::evaluate(Scene& scene, Text& out) const
{
    Arguments texts(texts_.size());
    TRY(texts.expand(scene, texts_));
    out.append(TRY(item_.apply({scene, texts.all(), item_.name})));
    return {};
}

Result<bool> ConditionTest::holds(Scene& scene) const
{
    Arguments texts(texts_.size());
    TRY(texts.expand(scene, texts_));
    return condition_.test({scene, texts.all(), condition_.name});
}

}
