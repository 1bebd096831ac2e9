// ${escape:…}: what cannot be printed as \n, \177 …

#include "common/base/text.h"
#include "common/expand/detail/octal.h"
#include "common/expand/operator.h"
#include "common/expand/scene.h"

namespace gp::expand {
namespace {

// Exim's log form, with tabs left as they are.
std::string visible(char c, bool shows_top_bit)
{
    const auto octet = static_cast<unsigned char>(c);
    if (is_printable(c) || c == '\t' || (shows_top_bit && octet >= 128))
        return {c};
    switch (c) {
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\b':
        return "\\b";
    case '\v':
        return "\\v";
    case '\f':
        return "\\f";
    default:
        return octal_escape(c);
    }
}

Result<Text> escape_all(const OperatorCall& call)
{
    std::string out;
    for (const char c : call.subject.text)
        out += visible(c, call.scene.site().print_topbitchars);
    return call.same_taint(std::move(out));
}

const RegisterOperator self{{
    .name = "escape",
    .apply = escape_all,
    .doc = "What cannot be printed as \\n, \\177 …",
}};

}
}
