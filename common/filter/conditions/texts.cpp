// begins, ends, is, contains: of two texts. The capital forms regard case.

#include "common/base/text.h"
#include "common/filter/condition.h"
#include "common/filter/run.h"

namespace gp::filter {
namespace {

Result<bool> begins(Run&, const std::string& left, const std::string& right, bool is_caseful)
{
    return is_caseful ? left.starts_with(right) : starts_nocase(left, right);
}
Result<bool> ends(Run&, const std::string& left, const std::string& right, bool is_caseful)
{
    return is_caseful ? left.ends_with(right) : ends_nocase(left, right);
}
Result<bool> is(Run&, const std::string& left, const std::string& right, bool is_caseful)
{
    return is_caseful ? left == right : same_nocase(left, right);
}
// Without regard to case Exim finds an empty text nowhere.
Result<bool> contains(Run&, const std::string& left, const std::string& right, bool is_caseful)
{
    if (is_caseful)
        return left.find(right) != std::string::npos;
    return !right.empty() && find_nocase(left, right) != std::string_view::npos;
}

const RegisterComparison comparisons[] = {
    RegisterComparison{{.name = "begins", .holds = begins, .doc = "The second is how the first begins."}},
    RegisterComparison{{.name = "ends", .holds = ends, .doc = "The second is how the first ends."}},
    RegisterComparison{{.name = "is", .holds = is, .doc = "Both are equal."}},
    RegisterComparison{{.name = "contains", .holds = contains, .doc = "The second is part of the first."}},
};

}
}
