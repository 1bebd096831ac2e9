// forall {…}: all items of a list meet a condition.

#include "common/expand/condition.h"
#include "common/expand/detail/for_each.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "forall",
    .parse = parse_for_each,
    .doc = "All items of a list meet a condition.",
}};

}
}
