// Numbers in other bases: ${base32:…}, ${base32d:…}, ${base62:…}, ${base62d:…}; octets as text:
// ${base64:…} (str2b64), ${base64d:…}, ${hex2b64:…}.

#include <charconv>

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/expand/operator.h"

namespace gp::expand {
namespace {

constexpr std::string_view base32_digits = "abcdefghijklmnopqrstuvwxyz234567";
constexpr int base62_width = 6;

Error refused(const OperatorCall& call, std::string_view name, std::string_view wanted)
{
    return misconfigured("argument for " + std::string(name) + " operator is \"" + call.subject.text +
                         "\", which is not a " + std::string(wanted));
}

// An empty text is 0.
Result<std::uint64_t> decimal(const OperatorCall& call, std::string_view name)
{
    std::uint64_t value = 0;
    const auto& text = call.subject.text;
    if (text.empty())
        return value;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size())
        return refused(call, name, "decimal number");
    return value;
}

Result<Text> to_base32(const OperatorCall& call)
{
    auto number = TRY(decimal(call, "base32"));
    std::string out;
    for (; number > 0; number /= 32)
        out.insert(out.begin(), base32_digits[number % 32]);
    return Text::clean(std::move(out));
}

Result<Text> from_base32(const OperatorCall& call)
{
    std::uint64_t number = 0;
    for (const char c : call.subject.text) {
        const auto digit = base32_digits.find(c);
        if (digit == std::string_view::npos)
            return refused(call, "base32d", "base 32 number");
        number = number * 32 + digit;
    }
    return Text::clean(std::to_string(number));
}

Result<Text> to_base62(const OperatorCall& call)
{
    auto digits = base62_encode(TRY(decimal(call, "base62")), base62_width);
    // Exim's numbers have six digits; of a larger one the last six are shown.
    if (digits.size() > base62_width)
        digits.erase(0, digits.size() - base62_width);
    return Text::clean(std::move(digits));
}

Result<Text> from_base62(const OperatorCall& call)
{
    if (call.subject.empty())
        return Text::clean("0");
    const auto number = base62_decode(call.subject.text);
    if (!number)
        return refused(call, "base62d", "base 62 number");
    return Text::clean(std::to_string(*number));
}

Result<Text> to_base64(const OperatorCall& call)
{
    return call.same_taint(base64_encode(call.subject.text));
}

Result<Text> from_base64(const OperatorCall& call)
{
    std::string digits;
    for (const char c : call.subject.text)
        if (!is_space(c))
            digits += c;
    auto octets = base64_decode(digits);
    if (!octets || digits.size() % 4 != 0)
        return misconfigured("string \"" + call.subject.text + "\" is not well-formed for \"base64d\" operator");
    return call.same_taint(std::move(*octets));
}

Result<Text> hex_to_base64(const OperatorCall& call)
{
    const auto& text = call.subject.text;
    for (const char c : text)
        if (!is_digit(c) && (to_lower(c) < 'a' || to_lower(c) > 'f'))
            return misconfigured("\"" + text + "\" is not a hex string");
    const auto octets = hex_decode(text);
    if (!octets)
        return misconfigured("\"" + text + "\" contains an odd number of characters");
    return call.same_taint(base64_encode(*octets));
}

const RegisterOperator operators[] = {
    RegisterOperator{{.name = "base32", .apply = to_base32, .doc = "A decimal number in base 32."}},
    RegisterOperator{{.name = "base32d", .apply = from_base32, .doc = "A base 32 number in decimal."}},
    RegisterOperator{{.name = "base62", .apply = to_base62, .doc = "A decimal number as six base 62 digits."}},
    RegisterOperator{{.name = "base62d", .apply = from_base62, .doc = "A base 62 number in decimal."}},
    RegisterOperator{{.name = "base64",
                      .apply = to_base64,
                      .apply_to_certificate = to_base64,
                      .doc = "The text in base 64; of a certificate, its DER form."}},
    RegisterOperator{{.name = "str2b64", .apply = to_base64, .doc = "An old name of base64."}},
    RegisterOperator{{.name = "base64d", .apply = from_base64, .doc = "What a base 64 text stands for."}},
    RegisterOperator{{.name = "hex2b64", .apply = hex_to_base64, .doc = "Hexadecimal digits in base 64."}},
};

}
}
