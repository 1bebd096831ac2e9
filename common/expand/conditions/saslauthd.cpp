// saslauthd {…}: cyrus's saslauthd accepts them.

#include "common/expand/condition.h"
#include "common/expand/detail/password_checks.h"
#include "common/expand/parser.h"
#include "common/expand/scene.h"

namespace gp::expand {
namespace {

class SaslAuthd final : public Test {
public:
    explicit SaslAuthd(std::vector<std::unique_ptr<Sequence>> texts) : texts_(std::move(texts)) {}
    Result<bool> holds(Scene& scene) const override
    {
        std::vector<std::string> arguments;
        for (const auto& text : texts_)
            arguments.push_back(TRY(text->text(scene)).text);
        return ask_password_checks(scene, "saslauthd", arguments);
    }

private:
    std::vector<std::unique_ptr<Sequence>> texts_;
};

Result<TestPtr> parse_saslauthd(Parser& parser, std::string_view word)
{
    return TestPtr(std::make_unique<SaslAuthd>(TRY(parser.condition_arguments(word, 2, 4))));
}

const RegisterCondition self{{
    .name = "saslauthd",
    .parse = parse_saslauthd,
    .doc = "Cyrus's saslauthd accepts them.",
}};

}
}
