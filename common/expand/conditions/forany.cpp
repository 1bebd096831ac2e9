// forany {…}: any item of a list meets a condition.

#include "common/expand/condition.h"
#include "common/expand/detail/for_each.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "forany",
    .parse = parse_for_each,
    .doc = "Any item of a list meets a condition.",
}};

}
}
