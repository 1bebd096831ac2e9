// match_address {…}: an address is in an address list.

#include "common/expand/condition.h"
#include "common/expand/detail/match_conditions.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "match_address",
    .parse = parse_match_condition,
    .doc = "An address is in an address list.",
}};

}
}
