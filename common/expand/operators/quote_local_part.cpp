// ${quote_local_part:…}: a local part, in quotes where an address needs them.

#include "common/base/text.h"
#include "common/expand/detail/in_quotes.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

// RFC 5322 section 3.2.3: atoms with dots between them need no quotes. Dots in a row pass, as in Exim.
bool needs_no_quotes(std::string_view text)
{
    constexpr std::string_view specials = "!#$%&'*+-/=?^_`{|}~.";
    for (const char c : text)
        if (!is_alnum(c) && specials.find(c) == std::string_view::npos)
            return false;
    return !text.empty() && text.front() != '.' && text.back() != '.';
}

Result<Text> quote_local_part(const OperatorCall& call)
{
    const auto& text = call.subject.text;
    if (needs_no_quotes(text))
        return call.same_taint(text);
    return call.same_taint(in_quotes(text));
}

const RegisterOperator self{{
    .name = "quote_local_part",
    .apply = quote_local_part,
    .doc = "A local part, in quotes where an address needs them.",
}};

}
}
