// ldapauth {…}: an LDAP server accepts them.

#include "common/expand/condition.h"
#include "common/expand/detail/password_checks.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "ldapauth",
    .strings = 1,
    .test = one_text,
    .doc = "An LDAP server accepts them.",
}};

}
}
