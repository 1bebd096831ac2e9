// ${nhash{…}…}: a numeric hash.

#include "common/expand/detail/cutting.h"
#include "common/expand/detail/slices.h"
#include "common/expand/item.h"

namespace gp::expand {
namespace {

Result<Text> nhash(const ItemCall& call)
{
    const auto first = TRY(item_number(call.arguments[0].text, call.name, true));
    return Text::clean(TRY(numeric_hash(cut_subject(call).text, first, TRY(second_cut_number(call)))));
}

const RegisterItem self{{
    .name = "nhash",
    .least = 2,
    .most = 3,
    .apply = nhash,
    .doc = "A numeric hash.",
}};

}
}
