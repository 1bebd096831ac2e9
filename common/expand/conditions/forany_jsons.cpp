// forany_jsons {…}: any string of a JSON array does.

#include "common/expand/condition.h"
#include "common/expand/detail/for_each.h"

namespace gp::expand {
namespace {

const RegisterCondition self{{
    .name = "forany_jsons",
    .parse = parse_for_each,
    .doc = "Any string of a JSON array does.",
}};

}
}
