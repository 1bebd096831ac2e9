// inbound_srs {local part}{secret}: sets $srs_recipient.

#include "common/expand/condition.h"
#include "common/expand/scene.h"
#include "common/expand/srs.h"

namespace gp::expand {
namespace {

Result<bool> decode(const ConditionCall& call)
{
    const auto* clock = call.scene.world.effects.clock;
    const auto now = clock ? clock->seconds() : SystemClock().seconds();
    const auto address = TRY(srs_decode(call.arguments[0].text, call.arguments[1].text, now));
    if (!address)
        return false;
    call.scene.kept->srs_recipient = *address;
    return true;
}

const RegisterCondition self{{
    .name = "inbound_srs",
    .strings = 2,
    .test = decode,
    .doc = "A local part that srs_encode made.",
}};

}
}
