// ${rfc2047:…}: as encoded words, where a header needs them.

#include "common/expand/operator.h"
#include "common/expand/scene.h"

namespace gp::expand {
namespace {

// Where Exim ends a word. The first one is counted without its lead, so it may pass the 75 octets of RFC 2047
// section 2; texts that were made here must compare equal to those that Exim made.
constexpr std::size_t word_octets = 67;

bool needs_coding(char c)
{
    constexpr std::string_view special = "?=()<>@,;:\\\".[]_";
    return c <= ' ' || c > '~' || special.find(c) != std::string_view::npos;
}

std::string coded(char c)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    const auto octet = static_cast<unsigned char>(c);
    return {'=', digits[octet >> 4], digits[octet & 15]};
}

Result<Text> encode(const OperatorCall& call)
{
    const std::string lead = "=?" + call.scene.site().headers_charset + "?Q?";
    std::string out = lead;
    std::size_t mark = out.size();
    bool in_pair = false, any_coded = false; // two coded octets are likely one character
    for (const char c : call.subject.text) {
        if (out.size() - mark > word_octets && !in_pair) {
            out += "?= ";
            mark = out.size();
            out += lead;
        }
        if (c == ' ' || !needs_coding(c)) {
            out += c == ' ' ? '_' : c;
            in_pair = false;
            continue;
        }
        out += coded(c);
        in_pair = !in_pair;
        any_coded = true;
    }
    return any_coded ? call.same_taint(out + "?=") : call.subject;
}

const RegisterOperator self{{
    .name = "rfc2047",
    .apply = encode,
    .doc = "As encoded words, where a header needs them.",
}};

}
}
