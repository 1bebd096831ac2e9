// Numbers: =, ==, <, <=, >, >=. Texts: eq, eqi, lt, lti, le, lei, gt, gti, ge, gei.

#include "common/base/text.h"
#include "common/expand/condition.h"
#include "common/expand/detail/slices.h"

namespace gp::expand {
namespace {

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

// In Exim a text that begins another one comes behind it, when case does not count.
int compare_texts_nocase(const ConditionCall& call)
{
    const auto& a = call.arguments[0].text;
    const auto& b = call.arguments[1].text;
    if (a.size() < b.size() && same_nocase(a, std::string_view(b).substr(0, a.size())))
        return 1;
    return compare_nocase(a, b);
}

// clang-format off
const RegisterCondition numbers[] = {
    RegisterCondition{{.name = "=", .strings = 2,
        .test = [](const ConditionCall& call) -> Result<bool> { return TRY(compare_numbers(call)) == 0; },
        .doc = "Equal numbers."}},
    RegisterCondition{{.name = "==", .strings = 2,
        .test = [](const ConditionCall& call) -> Result<bool> { return TRY(compare_numbers(call)) == 0; },
        .doc = "Equal numbers."}},
    RegisterCondition{{.name = "<", .strings = 2,
        .test = [](const ConditionCall& call) -> Result<bool> { return TRY(compare_numbers(call)) < 0; },
        .orders = true, .doc = "The first number is less."}},
    RegisterCondition{{.name = "<=", .strings = 2,
        .test = [](const ConditionCall& call) -> Result<bool> { return TRY(compare_numbers(call)) <= 0; },
        .orders = true, .doc = "The first number is less or equal."}},
    RegisterCondition{{.name = ">", .strings = 2,
        .test = [](const ConditionCall& call) -> Result<bool> { return TRY(compare_numbers(call)) > 0; },
        .orders = true, .doc = "The first number is greater."}},
    RegisterCondition{{.name = ">=", .strings = 2,
        .test = [](const ConditionCall& call) -> Result<bool> { return TRY(compare_numbers(call)) >= 0; },
        .orders = true, .doc = "The first number is greater or equal."}},
};

const RegisterCondition texts[] = {
    RegisterCondition{{.name = "eq", .strings = 2,
        .test = [](const ConditionCall& call) -> Result<bool> { return compare_texts(call) == 0; },
        .doc = "Identical texts."}},
    RegisterCondition{{.name = "eqi", .strings = 2,
        .test = [](const ConditionCall& call) -> Result<bool> { return compare_texts_nocase(call) == 0; },
        .doc = "Identical but for case."}},
    RegisterCondition{{.name = "lt", .strings = 2,
        .test = [](const ConditionCall& call) -> Result<bool> { return compare_texts(call) < 0; },
        .orders = true, .doc = "The first text comes before."}},
    RegisterCondition{{.name = "lti", .strings = 2,
        .test = [](const ConditionCall& call) -> Result<bool> { return compare_texts_nocase(call) < 0; },
        .orders = true, .doc = "As lt, without regard to case."}},
    RegisterCondition{{.name = "le", .strings = 2,
        .test = [](const ConditionCall& call) -> Result<bool> { return compare_texts(call) <= 0; },
        .orders = true, .doc = "The first text does not come behind."}},
    RegisterCondition{{.name = "lei", .strings = 2,
        .test = [](const ConditionCall& call) -> Result<bool> { return compare_texts_nocase(call) <= 0; },
        .orders = true, .doc = "As le, without regard to case."}},
    RegisterCondition{{.name = "gt", .strings = 2,
        .test = [](const ConditionCall& call) -> Result<bool> { return compare_texts(call) > 0; },
        .orders = true, .doc = "The first text comes behind."}},
    RegisterCondition{{.name = "gti", .strings = 2,
        .test = [](const ConditionCall& call) -> Result<bool> { return compare_texts_nocase(call) > 0; },
        .orders = true, .doc = "As gt, without regard to case."}},
    RegisterCondition{{.name = "ge", .strings = 2,
        .test = [](const ConditionCall& call) -> Result<bool> { return compare_texts(call) >= 0; },
        .orders = true, .doc = "The first text does not come before."}},
    RegisterCondition{{.name = "gei", .strings = 2,
        .test = [](const ConditionCall& call) -> Result<bool> { return compare_texts_nocase(call) >= 0; },
        .orders = true, .doc = "As ge, without regard to case."}},
};
// clang-format on

}
}
