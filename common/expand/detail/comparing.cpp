#include "common/expand/detail/comparing.h"

#include "common/base/text.h"
#include "common/expand/detail/slices.h"

namespace gp::expand {

Result<int> compare_numbers(const ConditionCall& call)
{
    const auto a = TRY(integer(call.arguments[0].text));
    const auto b = TRY(integer(call.arguments[1].text));
    return a < b ? -1 : a > b ? 1 : 0;
}

int compare_texts(const ConditionCall& call)
{
    return call.arguments[0].text.compare(call.arguments[1].text);
}

int compare_texts_nocase(const ConditionCall& call)
{
    const auto& a = call.arguments[0].text;
    const auto& b = call.arguments[1].text;
    if (a.size() < b.size() && same_nocase(a, std::string_view(b).substr(0, a.size())))
        return 1;
    return compare_nocase(a, b);
}

}
