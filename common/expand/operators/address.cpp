// ${address:…}: the address in a text such as a From: header has it.

#include "common/expand/detail/header_addresses.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

const RegisterOperator self{{
    .name = "address",
    .apply = [](const OperatorCall& call) { return address_part(call, "address"); },
    .doc = "The address in a text such as a From: header has it.",
}};

}
}
