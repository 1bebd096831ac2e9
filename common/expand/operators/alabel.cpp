// ${utf8_domain_to_alabel:…}, ${utf8_domain_from_alabel:…}, ${utf8_localpart_to_alabel:…},
// ${utf8_localpart_from_alabel:…} (manual 60.1).

#include "common/expand/operator.h"
#include "common/mail/alabel.h"

namespace gp::expand {
namespace {

Result<Text> domain_to(const OperatorCall& call)
{
    return call.same_taint(TRY(mail::domain_to_alabel(call.subject.text)));
}

Result<Text> domain_from(const OperatorCall& call)
{
    return call.same_taint(TRY(mail::domain_from_alabel(call.subject.text)));
}

Result<Text> local_part_to(const OperatorCall& call)
{
    return call.same_taint(TRY(mail::local_part_to_alabel(call.subject.text)));
}

Result<Text> local_part_from(const OperatorCall& call)
{
    return call.same_taint(TRY(mail::local_part_from_alabel(call.subject.text)));
}

const RegisterOperator operators[] = {
    RegisterOperator{{.name = "utf8_domain_to_alabel", .apply = domain_to, .doc = "A domain in its ASCII form."}},
    RegisterOperator{{.name = "utf8_domain_from_alabel", .apply = domain_from, .doc = "A domain in UTF-8."}},
    RegisterOperator{{.name = "utf8_localpart_to_alabel", .apply = local_part_to, .doc = "A local part in ASCII."}},
    RegisterOperator{{.name = "utf8_localpart_from_alabel",
                      .apply = local_part_from,
                      .doc = "A local part in UTF-8 again."}},
};

}
}
