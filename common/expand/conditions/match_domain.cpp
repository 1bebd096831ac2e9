// match_domain {…}: a domain is in a domain list.

#include "common/expand/condition.h"
#include "common/expand/detail/match_conditions.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "match_domain",
    .parse = parse_match_condition,
    .doc = "A domain is in a domain list.",
}};

}
}
