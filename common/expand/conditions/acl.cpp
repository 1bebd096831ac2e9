// acl {{name}{argument}…}: true when the ACL accepts; its message is in $value.

#include "common/expand/acl_call.h"
#include "common/expand/condition.h"
#include "common/expand/parser.h"

namespace gp::expand {
namespace {

class AclAccepts final : public Test {
public:
    explicit AclAccepts(std::vector<std::unique_ptr<Sequence>> texts) : texts_(std::move(texts)) {}

    Result<bool> holds(Scene& scene) const override
    {
        std::vector<Text> texts;
        for (const auto& text : texts_)
            texts.push_back(TRY(text->text(scene)));
        auto outcome = TRY(call_acl(scene, texts));
        scene.value = std::move(outcome.message).value_or(Text{});
        return outcome.verdict == AclOutcome::Verdict::accept;
    }

private:
    std::vector<std::unique_ptr<Sequence>> texts_;
};

Result<TestPtr> parse(Parser& parser, std::string_view word)
{
    return TestPtr(std::make_unique<AclAccepts>(TRY(parser.condition_arguments(word, 1, 10))));
}

const RegisterCondition self{{
    .name = "acl",
    .parse = parse,
    .doc = "An ACL accepts.",
}};

}
}
