// ${escape:…}, ${escape8bit:…}, ${hexquote:…}: what cannot be printed, made visible.

#include "common/base/text.h"
#include "common/expand/operator.h"
#include "common/expand/scene.h"

namespace gp::expand {
namespace {

std::string octal(char c)
{
    const unsigned value = static_cast<unsigned char>(c);
    std::string out = "\\";
    for (int shift = 6; shift >= 0; shift -= 3)
        out += static_cast<char>('0' + (value >> shift & 7));
    return out;
}

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
        return octal(c);
    }
}

Result<Text> escape_all(const OperatorCall& call)
{
    std::string out;
    for (const char c : call.subject.text)
        out += visible(c, call.scene.site().print_topbitchars);
    return call.same_taint(std::move(out));
}

Result<Text> escape_8bit(const OperatorCall& call)
{
    std::string out;
    for (const char c : call.subject.text) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet >= 127 || c == '\\')
            out += octal(c);
        else
            out += c;
    }
    return call.same_taint(std::move(out));
}

Result<Text> hexquote(const OperatorCall& call)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const char c : call.subject.text) {
        const auto octet = static_cast<unsigned char>(c);
        if (c >= '!' && c <= '~')
            out += c;
        else
            out.append("\\x").append(1, digits[octet >> 4]).append(1, digits[octet & 15]);
    }
    return call.same_taint(std::move(out));
}

const RegisterOperator operators[] = {
    RegisterOperator{{.name = "escape", .apply = escape_all, .doc = "What cannot be printed as \\n, \\177 …"}},
    RegisterOperator{{.name = "escape8bit", .apply = escape_8bit, .doc = "Octets above 126 and backslashes as \\nnn."}},
    RegisterOperator{{.name = "hexquote", .apply = hexquote, .doc = "Octets outside of ! to ~ as \\xnn."}},
};

}
}
