// forall_json {…}: all elements of a JSON array do.

#include "common/expand/condition.h"
#include "common/expand/detail/for_each.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "forall_json",
    .parse = parse_for_each,
    .doc = "All elements of a JSON array do.",
}};

}
}
