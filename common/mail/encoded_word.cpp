#include "common/mail/encoded_word.h"

#include <algorithm>
#include <optional>

#include "common/base/digits.h"
#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/mail/charsets.h"

namespace gp::mail {
namespace {

constexpr std::size_t longest_word = 75; // RFC 2047 section 2

struct Word {
    std::string_view charset;
    std::string octets;
    std::size_t size = 0; // of the word as it stands
};

std::optional<std::string> decode_q(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '_') {
            out.push_back(' ');
        } else if (text[i] == '=') {
            const int octet = hex_octet(text, i + 1);
            if (octet < 0)
                return std::nullopt;
            out.push_back(static_cast<char>(octet));
            i += 2;
        } else if (static_cast<unsigned char>(text[i]) <= ' ' || static_cast<unsigned char>(text[i]) > 126) {
            return std::nullopt;
        } else {
            out.push_back(text[i]);
        }
    }
    return out;
}

// RFC 2047 section 2: =?charset?encoding?text?= at the start of `text`; a language behind a * is
// left out (RFC 2231 section 5).
std::optional<Word> word_at(std::string_view text, const DecodeRules& rules)
{
    if (!text.starts_with("=?"))
        return std::nullopt;
    const auto encoding = text.find('?', 2);
    if (encoding == std::string_view::npos || encoding + 2 >= text.size() || text[encoding + 2] != '?')
        return std::nullopt;
    const auto end = text.find("?=", encoding + 3);
    if (end == std::string_view::npos || (rules.check_length && end + 2 > longest_word))
        return std::nullopt;
    const auto coded = text.substr(encoding + 3, end - encoding - 3);
    Word word;
    word.charset = text.substr(2, encoding - 2);
    word.charset = word.charset.substr(0, word.charset.find('*'));
    word.size = end + 2;
    if (to_lower(text[encoding + 1]) == 'q') {
        auto octets = decode_q(coded);
        if (!octets)
            return std::nullopt;
        word.octets = std::move(*octets);
    } else if (to_lower(text[encoding + 1]) == 'b') {
        auto octets = base64_decode(coded);
        if (!octets || coded.size() % 4 != 0) // a word that was cut off stays as it is, as in Exim
            return std::nullopt;
        word.octets = std::move(*octets);
    } else {
        return std::nullopt;
    }
    std::ranges::replace(word.octets, '\0', '?');
    return word;
}

bool all_blank(std::string_view text)
{
    return trim_left(text).empty();
}

}

Result<std::string> decode_words(std::string_view text, const DecodeRules& rules)
{
    std::string out;
    std::size_t plain = 0; // where what was not yet copied begins
    bool after_word = false;
    for (auto at = text.find("=?"); at != std::string_view::npos; at = text.find("=?", at)) {
        const auto word = word_at(text.substr(at), rules);
        if (!word) {
            ++at;
            continue;
        }
        // RFC 2047 section 6.2: blanks between two encoded words are not shown.
        const auto between = text.substr(plain, at - plain);
        if (!after_word || !all_blank(between))
            out += between;
        out += rules.charset.empty() ? word->octets : TRY(translate(word->octets, word->charset, rules.charset));
        at += word->size;
        plain = at;
        after_word = true;
    }
    out += text.substr(plain);
    return out;
}

namespace {

bool needs_no_encoding(char c)
{
    return c > ' ' && c <= '~' && std::string_view("?=()<>@,;:\\\".[]_").find(c) == std::string_view::npos;
}

std::string q_encoded(char c)
{
    if (c == ' ')
        return "_";
    if (needs_no_encoding(c))
        return {c};
    return "=" + upper(hex_encode({&c, 1}));
}

}

std::string encode_words(std::string_view text, std::string_view charset)
{
    if (std::ranges::all_of(text, [](char c) { return c == ' ' || needs_no_encoding(c); }))
        return std::string(text);
    const std::string lead = "=?" + std::string(charset) + "?Q?";
    const bool whole_characters = is_utf8_name(charset);
    std::string out = lead;
    std::size_t used = lead.size();
    for (std::size_t i = 0; i < text.size();) {
        std::string coded = q_encoded(text[i++]);
        while (whole_characters && i < text.size() && (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80 &&
               coded.size() < 12)
            coded += q_encoded(text[i++]);
        if (used + coded.size() + 2 > longest_word) {
            out += "?= " + lead;
            used = lead.size();
        }
        out += coded;
        used += coded.size();
    }
    return out + "?=";
}

}
