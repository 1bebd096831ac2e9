// ${ipv6norm:…}: an address as an IPv6 one in its short form.

#include "common/expand/detail/address_forms.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> normal(const OperatorCall& call)
{
    return Text::clean(ip_normal_form(TRY(ip_address_of(call.subject.text))));
}

const RegisterOperator self{{
    .name = "ipv6norm",
    .apply = normal,
    .doc = "An address as an IPv6 one in its short form.",
}};

}
}
