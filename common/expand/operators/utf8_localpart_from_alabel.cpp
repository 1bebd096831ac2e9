// ${utf8_localpart_from_alabel:…}: a local part in UTF-8 again.

#include "common/expand/operator.h"
#include "common/mail/alabel.h"

namespace gp::expand {
namespace {

Result<Text> local_part_from(const OperatorCall& call)
{
    return call.same_taint(TRY(mail::local_part_from_alabel(call.subject.text)));
}

const RegisterOperator self{{
    .name = "utf8_localpart_from_alabel",
    .apply = local_part_from,
    .doc = "A local part in UTF-8 again.",
}};

}
}
