// ${rxquote:…}: with a backslash before all but letters and digits, for a regular expression.

#include "common/base/text.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> rxquote(const OperatorCall& call)
{
    std::string out;
    for (const char c : call.subject.text) {
        if (!is_alnum(c))
            out += '\\';
        out += c;
    }
    return call.same_taint(std::move(out));
}

const RegisterOperator self{{
    .name = "rxquote",
    .apply = rxquote,
    .doc = "With a backslash before all but letters and digits, for a regular expression.",
}};

}
}
