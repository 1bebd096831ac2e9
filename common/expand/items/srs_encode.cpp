// ${srs_encode{secret}{return path}{domain}}

#include "common/expand/item.h"
#include "common/expand/scene.h"
#include "common/expand/srs.h"

namespace gp::expand {
namespace {

Result<Text> encode(const ItemCall& call)
{
    const auto* clock = call.scene.world.effects.clock;
    const auto now = clock ? clock->seconds() : SystemClock().seconds();
    Text out = Text::clean(
        TRY(srs_encode(call.arguments[0].text, call.arguments[1].text, call.arguments[2].text, now)));
    out.mark(call.arguments[1]);
    out.mark(call.arguments[2]);
    return out;
}

const RegisterItem self{{
    .name = "srs_encode",
    .least = 3,
    .most = 3,
    .apply = encode,
    .doc = "A sender rewritten for forwarding.",
}};

}
}
