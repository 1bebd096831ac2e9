// bool {…}: a text that says true, yes or a number other than 0.

#include "common/base/text.h"
#include "common/expand/condition.h"

namespace gp::expand {
namespace {

Result<bool> strict(std::string_view words)
{
    if (words.empty())
        return false;
    const auto digits = words.starts_with('-') ? words.substr(1) : words;
    bool is_number = !digits.empty(), is_zero = true;
    for (const char c : digits) {
        is_number = is_number && is_digit(c);
        is_zero = is_zero && c == '0';
    }
    if (is_number)
        return !is_zero;
    if (same_nocase(words, "true") || same_nocase(words, "yes"))
        return true;
    if (same_nocase(words, "false") || same_nocase(words, "no"))
        return false;
    return misconfigured("unrecognised boolean value \"" + std::string(words) + "\"");
}

const RegisterCondition self{{
    .name = "bool",
    .strings = 1,
    .test = [](const ConditionCall& call) { return strict(trim(call.arguments[0].text)); },
    .doc = "A text that says true, yes or a number other than 0.",
}};

}
}
