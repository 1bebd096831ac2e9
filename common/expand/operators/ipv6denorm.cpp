// ${ipv6denorm:…}: an address as eight groups of four digits.

#include "common/expand/detail/address_forms.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> denormal(const OperatorCall& call)
{
    return Text::clean(TRY(ip_address_of(call.subject.text)).full());
}

const RegisterOperator self{{
    .name = "ipv6denorm",
    .apply = denormal,
    .doc = "An address as eight groups of four digits.",
}};

}
}
