// inlisti {…}: as inlist, without regard to case.

#include "common/expand/condition.h"
#include "common/expand/detail/for_each.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "inlisti",
    .strings = 2,
    .test = [](const ConditionCall& call) { return in_list(call, true); },
    .doc = "As inlist, without regard to case.",
}};

}
}
