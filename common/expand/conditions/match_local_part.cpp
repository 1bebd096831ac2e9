// match_local_part {…}: a local part is in a list.

#include "common/expand/condition.h"
#include "common/expand/detail/match_conditions.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "match_local_part",
    .parse = parse_match_condition,
    .doc = "A local part is in a list.",
}};

}
}
