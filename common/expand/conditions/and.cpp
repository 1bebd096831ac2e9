// and {…}: all of several conditions.

#include "common/expand/condition.h"
#include "common/expand/detail/combining.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "and",
    .parse = parse_combined,
    .doc = "All of several conditions.",
}};

}
}
