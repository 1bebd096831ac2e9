// match_ip {…}: an IP address is in a host list.

#include "common/expand/condition.h"
#include "common/expand/detail/match_conditions.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "match_ip",
    .parse = parse_match_condition,
    .doc = "An IP address is in a host list.",
}};

}
}
