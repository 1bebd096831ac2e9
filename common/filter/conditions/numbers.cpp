// is above, is below: two numbers, which may end in K or M.

#include "common/base/text.h"
#include "common/filter/condition.h"
#include "common/filter/run.h"

namespace gp::filter {
namespace {

Result<std::int64_t> number_of(const std::string& text)
{
    const auto malformed = permanent("malformed numerical string \"" + text + "\"");
    char* end = nullptr;
    errno = 0;
    std::int64_t value = std::strtoll(text.c_str(), &end, 0); // 0x1f and 017 too
    if (end == text.c_str() || errno == ERANGE)
        return malformed;
    std::int64_t unit = 1;
    if (to_lower(*end) == 'k' || to_lower(*end) == 'm')
        unit = to_lower(*end++) == 'k' ? 1024 : 1024 * 1024;
    while (is_space(*end))
        ++end;
    if (*end || __builtin_mul_overflow(value, unit, &value))
        return malformed;
    return value;
}

Result<bool> above(Run&, const std::string& left, const std::string& right, bool)
{
    const auto first = TRY(number_of(left));
    return first > TRY(number_of(right));
}
Result<bool> below(Run&, const std::string& left, const std::string& right, bool)
{
    const auto first = TRY(number_of(left));
    return first < TRY(number_of(right));
}

const RegisterComparison comparisons[] = {
    RegisterComparison{{.name = "above", .has_capitals = false, .holds = above, .doc = "The first number is larger."}},
    RegisterComparison{{.name = "below", .has_capitals = false, .holds = below, .doc = "The first number is smaller."}},
};

}
}
