// inbound_srs {local part}{secret}: sets $srs_recipient.

#include "common/expand/condition.h"
#include "common/expand/parser.h"
#include "common/expand/scene.h"
#include "common/expand/srs.h"

namespace gp::expand {
namespace {

class InboundSrs final : public Test {
public:
    explicit InboundSrs(std::vector<std::unique_ptr<Sequence>> texts) : texts_(std::move(texts)) {}

    Result<bool> holds(Scene& scene) const override
    {
        const auto* clock = scene.world.effects.clock;
        const auto now = clock ? clock->seconds() : SystemClock().seconds();
        const auto local_part = TRY(texts_[0]->text(scene)), secret = TRY(texts_[1]->text(scene));
        const auto address = TRY(srs_decode(local_part.text, secret.text, now));
        if (!address)
            return false;
        scene.kept->srs_recipient = *address;
        return true;
    }

private:
    std::vector<std::unique_ptr<Sequence>> texts_;
};

Result<TestPtr> parse(Parser& parser, std::string_view word)
{
    auto texts = parser.arguments(word, 2, 2, false);
    if (!texts)
        return parser.bracketing_error(word, std::move(texts).error());
    return TestPtr(std::make_unique<InboundSrs>(std::move(*texts)));
}

const RegisterCondition self{{
    .name = "inbound_srs",
    .parse = parse,
    .doc = "A local part that srs_encode made.",
}};

}
}
