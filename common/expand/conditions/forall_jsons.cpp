// forall_jsons {…}: all strings of a JSON array do.

#include "common/expand/condition.h"
#include "common/expand/detail/for_each.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "forall_jsons",
    .parse = parse_for_each,
    .doc = "All strings of a JSON array do.",
}};

}
}
