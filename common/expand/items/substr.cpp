// ${substr{…}…}: a part of a text.

#include "common/expand/detail/cutting.h"
#include "common/expand/detail/slices.h"
#include "common/expand/item.h"

namespace gp::expand {
namespace {

Result<Text> part(const ItemCall& call)
{
    const auto start = TRY(item_number(call.arguments[0].text, call.name, true));
    const auto length = TRY(second_cut_number(call));
    return same_taint_as_subject(call, std::string(substring(cut_subject(call).text, start, length)));
}

const RegisterItem self{{
    .name = "substr",
    .least = 2,
    .most = 3,
    .apply = part,
    .doc = "A part of a text.",
}};

}
}
