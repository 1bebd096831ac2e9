// ${from_utf8:…}: UTF-8 in ISO-8859-1, with _ for the rest.

#include "common/expand/detail/utf8_code.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

Result<Text> from_utf8(const OperatorCall& call)
{
    std::string out;
    std::string_view rest = call.subject.text;
    while (!rest.empty()) {
        const auto code = utf8_code_at(rest);
        out += code.size > 0 && code.value < 256 ? static_cast<char>(code.value) : '_';
        rest.remove_prefix(std::max<std::size_t>(code.size, 1));
    }
    return call.same_taint(std::move(out));
}

const RegisterOperator self{{
    .name = "from_utf8",
    .apply = from_utf8,
    .doc = "UTF-8 in ISO-8859-1, with _ for the rest.",
}};

}
}
