// or {…}: any of several conditions.

#include "common/expand/condition.h"
#include "common/expand/detail/combining.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "or",
    .parse = parse_combined,
    .doc = "Any of several conditions.",
}};

}
}
