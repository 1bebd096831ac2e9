// ${utf8_domain_to_alabel:…}: a domain in its ASCII form.

#include "common/expand/operator.h"
#include "common/mail/alabel.h"

namespace gp::expand {
namespace {

Result<Text> domain_to(const OperatorCall& call)
{
    return call.same_taint(TRY(mail::domain_to_alabel(call.subject.text)));
}

const RegisterOperator self{{
    .name = "utf8_domain_to_alabel",
    .apply = domain_to,
    .doc = "A domain in its ASCII form.",
}};

}
}
