// ${domain:…}: the domain of an address.

#include "common/expand/detail/header_addresses.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

const RegisterOperator self{{
    .name = "domain",
    .apply = [](const OperatorCall& call) { return address_part(call, "domain"); },
    .doc = "The domain of an address.",
}};

}
}
