// ${rfc2047d:…}: what encoded words stand for.

#include "common/expand/operator.h"
#include "common/expand/scene.h"
#include "common/mail/encoded_word.h"

namespace gp::expand {
namespace {

Result<Text> decode(const OperatorCall& call)
{
    mail::DecodeRules rules;
    rules.check_length = call.scene.site().check_rfc2047_length;
    rules.charset = call.scene.site().headers_charset;
    return call.same_taint(TRY(mail::decode_words(call.subject.text, rules)));
}

const RegisterOperator self{{
    .name = "rfc2047d",
    .apply = decode,
    .doc = "What encoded words stand for.",
}};

}
}
