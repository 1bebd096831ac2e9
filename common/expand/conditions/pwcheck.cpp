// pwcheck {…}: cyrus's pwcheck accepts them.

#include "common/expand/condition.h"
#include "common/expand/detail/password_checks.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "pwcheck",
    .strings = 1,
    .test = one_text,
    .doc = "Cyrus's pwcheck accepts them.",
}};

}
}
