// inlist {…}: the first text is an item of the second.

#include "common/expand/condition.h"
#include "common/expand/detail/for_each.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "inlist",
    .strings = 2,
    .test = [](const ConditionCall& call) { return in_list(call, false); },
    .doc = "The first text is an item of the second.",
}};

}
}
