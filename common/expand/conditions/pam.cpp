// pam {user:password…}: PAM accepts them, for its service "exim" (manual 11.7).

#include "common/expand/condition.h"
#include "common/expand/detail/password_checks.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "pam",
    .strings = 1,
    .test = one_text,
    .doc = "PAM accepts user and password.",
}};

}
}
