// ${utf8_domain_from_alabel:…}: a domain in UTF-8.

#include "common/expand/operator.h"
#include "common/mail/alabel.h"

namespace gp::expand {
namespace {

Result<Text> domain_from(const OperatorCall& call)
{
    return call.same_taint(TRY(mail::domain_from_alabel(call.subject.text)));
}

const RegisterOperator self{{
    .name = "utf8_domain_from_alabel",
    .apply = domain_from,
    .doc = "A domain in UTF-8.",
}};

}
}
