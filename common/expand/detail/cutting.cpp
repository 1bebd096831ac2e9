#include "common/expand/detail/cutting.h"

#include "common/expand/detail/slices.h"

namespace gp::expand {

const Text& cut_subject(const ItemCall& call)
{
    return call.arguments.back();
}

Result<std::optional<std::int64_t>> second_cut_number(const ItemCall& call)
{
    if (call.arguments.size() < 3)
        return std::optional<std::int64_t>();
    return std::optional(TRY(item_number(call.arguments[1].text, call.name, false)));
}

Text same_taint_as_subject(const ItemCall& call, std::string words)
{
    Text out = Text::clean(std::move(words));
    out.mark(cut_subject(call));
    return out;
}

}
