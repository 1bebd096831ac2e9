#include "common/sieve/detail/encoded_character.h"

#include "common/base/digits.h"
#include "common/base/utf8.h"
#include "common/sieve/detail/braces.h"
#include "common/sieve/parser.h"

namespace gp::sieve {
namespace {

// The numbers between the braces; empty when they are none, and the text is left as it is then.
std::vector<std::uint32_t> numbers_in(std::string_view text, std::size_t most_digits)
{
    std::vector<std::uint32_t> numbers;
    while (!(text = trim_left(text)).empty()) {
        std::uint32_t value = 0;
        std::size_t digits = 0;
        for (; digits < text.size() && !is_space(text[digits]); ++digits) {
            const int digit = hex_value(text[digits]);
            if (digit < 0 || digits >= most_digits)
                return {};
            value = value * 16 + static_cast<std::uint32_t>(digit);
        }
        numbers.push_back(value);
        text.remove_prefix(digits);
    }
    return numbers;
}

}

Result<std::string> decode_characters(const std::string& text, const Parser& parser)
{
    return replace_braces(text, [&parser](std::string_view inside, std::string& out) -> Result<bool> {
        const bool is_hex = starts_nocase(inside, "hex:");
        if (!is_hex && !starts_nocase(inside, "unicode:"))
            return false;
        const auto numbers = numbers_in(inside.substr(inside.find(':') + 1), is_hex ? 2 : 6);
        for (const auto number : numbers) {
            if (is_hex)
                out += static_cast<char>(number);
            else if (number > 0x10ffff || (number >= 0xd800 && number <= 0xdfff))
                return parser.error("unicode character out of range");
            else
                append_utf8(out, number);
        }
        return !numbers.empty();
    });
}

const RegisterCapability capability{{.name = "encoded-character", .doc = "RFC 5228 section 2.4.2.4"}};

}
