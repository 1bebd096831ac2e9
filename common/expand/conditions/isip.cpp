// isip {…}: an IP address.

#include "common/expand/condition.h"
#include "common/expand/detail/is_address.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "isip",
    .strings = 1,
    .test = is_address_of_kind,
    .doc = "An IP address.",
}};

}
}
