// ${listquote{…}…}: a text as one item of a list: the separator doubled.

#include "common/expand/item.h"

namespace gp::expand {
namespace {

Result<Text> listquote(const ItemCall& call)
{
    const auto& separator = call.arguments[0].text;
    const auto& subject = call.arguments[1];
    Text out;
    out.mark(subject);
    for (const char c : subject.text)
        out.text.append(!separator.empty() && c == separator.front() ? 2 : 1, c);
    if (subject.empty())
        out.text = " ";
    return out;
}

const RegisterItem self{{
    .name = "listquote",
    .least = 2,
    .most = 2,
    .apply = listquote,
    .doc = "A text as one item of a list: the separator doubled.",
}};

}
}
