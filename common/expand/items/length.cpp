// ${length{…}…}: the first octets of a text.

#include "common/expand/detail/cutting.h"
#include "common/expand/detail/slices.h"
#include "common/expand/item.h"

namespace gp::expand {
namespace {

Result<Text> first_octets(const ItemCall& call)
{
    const auto wanted = TRY(item_number(call.arguments[0].text, call.name, false));
    return same_taint_as_subject(call, std::string(substring(cut_subject(call).text, 0, wanted)));
}

const RegisterItem self{{
    .name = "length",
    .least = 2,
    .most = 2,
    .apply = first_octets,
    .doc = "The first octets of a text.",
}};

}
}
