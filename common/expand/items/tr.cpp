// ${tr{text}{characters}{replacements}}

#include "common/expand/item.h"

namespace gp::expand {
namespace {

Result<Text> translate(const ItemCall& call)
{
    const auto& from = call.arguments[1].text;
    const auto& to = call.arguments[2].text;
    Text out = call.arguments[0];
    if (!to.empty())
        for (char& c : out.text)
            // Of characters that occur twice the last counts; a short list of replacements goes on with its last.
            if (const auto at = from.rfind(c); at != std::string::npos)
                c = to[std::min(at, to.size() - 1)];
    return out;
}

const RegisterItem self{{
    .name = "tr",
    .least = 3,
    .most = 3,
    .apply = translate,
    .doc = "Replaces single characters by others.",
}};

}
}
