// radius {…}: a Radius server accepts them.

#include "common/expand/condition.h"
#include "common/expand/detail/password_checks.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "radius",
    .strings = 1,
    .test = one_text,
    .doc = "A Radius server accepts them.",
}};

}
}
