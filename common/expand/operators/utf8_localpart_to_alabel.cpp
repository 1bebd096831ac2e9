// ${utf8_localpart_to_alabel:…}: a local part in ASCII.

#include "common/expand/operator.h"
#include "common/mail/alabel.h"

namespace gp::expand {
namespace {

Result<Text> local_part_to(const OperatorCall& call)
{
    return call.same_taint(TRY(mail::local_part_to_alabel(call.subject.text)));
}

const RegisterOperator self{{
    .name = "utf8_localpart_to_alabel",
    .apply = local_part_to,
    .doc = "A local part in ASCII.",
}};

}
}
