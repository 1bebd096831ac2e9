// ${rfc2047:…}, ${rfc2047d:…}: encoded words of headers, in the charset that headers_charset names.

#include "common/expand/operator.h"
#include "common/expand/scene.h"
#include "common/mail/encoded_word.h"

namespace gp::expand {
namespace {

Result<Text> encode(const OperatorCall& call)
{
    return call.same_taint(mail::encode_words(call.subject.text, call.scene.site().headers_charset));
}

Result<Text> decode(const OperatorCall& call)
{
    mail::DecodeRules rules;
    rules.check_length = call.scene.site().check_rfc2047_length;
    rules.charset = call.scene.site().headers_charset;
    return call.same_taint(TRY(mail::decode_words(call.subject.text, rules)));
}

const RegisterOperator operators[] = {
    RegisterOperator{{.name = "rfc2047", .apply = encode, .doc = "As encoded words, where a header needs them."}},
    RegisterOperator{{.name = "rfc2047d", .apply = decode, .doc = "What encoded words stand for."}},
};

}
}
