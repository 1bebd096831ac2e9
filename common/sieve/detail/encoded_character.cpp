#include "common/sieve/detail/encoded_character.h"

#include "common/base/text.h"
#include "common/sieve/parser.h"

namespace gp::sieve {
namespace {

void append_utf8(std::string& out, std::uint32_t code)
{
    if (code < 0x80) {
        out += static_cast<char>(code);
        return;
    }
    const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    constexpr unsigned char lead[] = {0, 0xc0, 0xe0, 0xf0};
    out += static_cast<char>(lead[more] | (code >> (6 * more)));
    for (int i = more - 1; i >= 0; --i)
        out += static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3f));
}

// The numbers between the braces; empty when they are none, and the text is left as it is then.
std::vector<std::uint32_t> numbers_in(std::string_view text, std::size_t most_digits)
{
    std::vector<std::uint32_t> numbers;
    while (!(text = trim_left(text)).empty()) {
        std::uint32_t value = 0;
        std::size_t digits = 0;
        for (; digits < text.size() && !is_space(text[digits]); ++digits) {
            const char c = to_lower(text[digits]);
            if (!(is_digit(c) || (c >= 'a' && c <= 'f')) || digits >= most_digits)
                return {};
            value = value * 16 + static_cast<std::uint32_t>(is_digit(c) ? c - '0' : c - 'a' + 10);
        }
        numbers.push_back(value);
        text.remove_prefix(digits);
    }
    return numbers;
}

}

Result<std::string> decode_characters(const std::string& text, const Parser& parser)
{
    std::string out;
    std::string_view rest = text;
    for (;;) {
        const auto at = rest.find("${");
        out += rest.substr(0, at);
        if (at == std::string_view::npos)
            return out;
        rest.remove_prefix(at);
        const auto end = rest.find('}');
        const bool is_hex = starts_nocase(rest, "${hex:");
        const bool is_unicode = starts_nocase(rest, "${unicode:");
        const auto skipped = is_hex ? 6u : 10u;
        const auto numbers = end == std::string_view::npos || !(is_hex || is_unicode)
                                 ? std::vector<std::uint32_t>{}
                                 : numbers_in(rest.substr(skipped, end - skipped), is_hex ? 2 : 6);
        if (numbers.empty()) {
            out += "${";
            rest.remove_prefix(2);
            continue;
        }
        for (const auto number : numbers) {
            if (is_hex)
                out += static_cast<char>(number);
            else if (number > 0x10ffff || (number >= 0xd800 && number <= 0xdfff))
                return parser.error("unicode character out of range");
            else
                append_utf8(out, number);
        }
        rest.remove_prefix(end + 1);
    }
}

const RegisterCapability capability{{.name = "encoded-character", .doc = "RFC 5228 section 2.4.2.4"}};

}
