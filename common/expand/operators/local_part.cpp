// ${local_part:…}: the local part of an address.

#include "common/expand/detail/header_addresses.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

const RegisterOperator self{{
    .name = "local_part",
    .apply = [](const OperatorCall& call) { return address_part(call, "local_part"); },
    .doc = "The local part of an address.",
}};

}
}
