// forany_json {…}: any element of a JSON array does.

#include "common/expand/condition.h"
#include "common/expand/detail/for_each.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "forany_json",
    .parse = parse_for_each,
    .doc = "Any element of a JSON array does.",
}};

}
}
