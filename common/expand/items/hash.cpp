// ${hash{…}…}: a textual hash.

#include "common/expand/detail/cutting.h"
#include "common/expand/detail/slices.h"
#include "common/expand/item.h"

namespace gp::expand {
namespace {

Result<Text> textual_hash(const ItemCall& call)
{
    const auto size = TRY(item_number(call.arguments[0].text, call.name, true));
    if (size < 0)
        return misconfigured("\"" + call.arguments[0].text +
                             "\" is not a positive number (in \"hash\" expansion)");
    return same_taint_as_subject(call,
                                 TRY(text_hash(cut_subject(call).text, size, TRY(second_cut_number(call)))));
}

const RegisterItem self{{
    .name = "hash",
    .least = 2,
    .most = 3,
    .apply = textual_hash,
    .doc = "A textual hash.",
}};

}
}
