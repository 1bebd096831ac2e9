#include "common/mail/encoded_word.h"

#include <iconv.h>

#include <array>
#include <optional>

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/base/utf8.h"

namespace gp::mail {
namespace {

constexpr std::size_t longest_word = 75; // RFC 2047 section 2

// windows-1252 0x80 to 0x9f; 0 where nothing is assigned.
constexpr std::array<unsigned, 32> cp1252_high = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

struct Latin9Change {
    unsigned char octet;
    unsigned code;
};
constexpr std::array latin9_changes = {
    Latin9Change{0xa4, 0x20ac}, Latin9Change{0xa6, 0x0160}, Latin9Change{0xa8, 0x0161}, Latin9Change{0xb4, 0x017d},
    Latin9Change{0xb8, 0x017e}, Latin9Change{0xbc, 0x0152}, Latin9Change{0xbd, 0x0153}, Latin9Change{0xbe, 0x0178}};

using ToCode = unsigned (*)(unsigned char);

unsigned latin1_code(unsigned char octet)
{
    return octet;
}

unsigned ascii_code(unsigned char octet)
{
    return octet < 128 ? octet : 0xfffd;
}

unsigned latin9_code(unsigned char octet)
{
    for (const auto& change : latin9_changes)
        if (change.octet == octet)
            return change.code;
    return octet;
}

unsigned cp1252_code(unsigned char octet)
{
    if (octet < 0x80 || octet > 0x9f)
        return octet;
    const auto code = cp1252_high[octet - 0x80u];
    return code ? code : 0xfffd;
}

bool is_utf8(std::string_view charset)
{
    return same_nocase(charset, "UTF-8") || same_nocase(charset, "UTF8");
}

ToCode single_octet(std::string_view charset)
{
    struct Known {
        std::string_view name;
        ToCode code;
    };
    static constexpr std::array known = {
        Known{"US-ASCII", ascii_code},     Known{"ASCII", ascii_code},         Known{"ISO-8859-1", latin1_code},
        Known{"ISO8859-1", latin1_code},   Known{"LATIN1", latin1_code},       Known{"ISO-8859-15", latin9_code},
        Known{"WINDOWS-1252", cp1252_code}, Known{"CP1252", cp1252_code}};
    for (const auto& entry : known)
        if (same_nocase(entry.name, charset))
            return entry.code;
    return nullptr;
}

// Any charset by the C library. Octets that cannot be translated become '?'.
Result<std::string> by_iconv(std::string_view in, std::string_view from, std::string_view to)
{
    const auto handle = ::iconv_open(std::string(to).c_str(), std::string(from).c_str());
    if (handle == reinterpret_cast<iconv_t>(-1))
        return permanent("iconv_open(\"" + std::string(to) + "\", \"" + escape(from) +
                         "\") failed: Invalid argument (maybe unsupported conversion)");
    std::string out;
    std::string source(in);
    char* at = source.data();
    std::size_t left = source.size();
    while (left > 0) {
        std::array<char, 256> buffer;
        char* to_at = buffer.data();
        std::size_t room = buffer.size();
        const auto done = ::iconv(handle, &at, &left, &to_at, &room);
        out.append(buffer.data(), buffer.size() - room);
        if (done != static_cast<std::size_t>(-1) || errno == E2BIG)
            continue;
        if (left == 0) // "//IGNORE" leaves out what does not fit, and calls it an error at the end
            break;
        out.push_back('?');
        ++at;
        --left;
    }
    ::iconv_close(handle);
    return out;
}

}

Result<std::string> to_utf8(std::string_view octets, std::string_view charset)
{
    if (is_utf8(charset))
        return std::string(octets);
    const auto code = single_octet(charset);
    if (!code)
        return by_iconv(octets, charset, "UTF-8");
    std::string out;
    out.reserve(octets.size());
    for (char c : octets)
        append_utf8(out, code(static_cast<unsigned char>(c)));
    return out;
}

Result<std::string> from_utf8(std::string_view text, std::string_view charset)
{
    if (is_utf8(charset))
        return std::string(text);
    const auto code = single_octet(charset);
    if (!code)
        return by_iconv(text, "UTF-8", charset);
    std::string out;
    for (std::size_t i = 0; i < text.size();) {
        bool found = false;
        for (unsigned octet = 0; octet < 256 && !found; ++octet) {
            std::string as_utf8;
            append_utf8(as_utf8, code(static_cast<unsigned char>(octet)));
            if (text.substr(i).starts_with(as_utf8)) {
                out.push_back(static_cast<char>(octet));
                i += as_utf8.size();
                found = true;
            }
        }
        if (found)
            continue;
        out.push_back('?');
        for (++i; i < text.size() && (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80;)
            ++i;
    }
    return out;
}

namespace {

struct Word {
    std::string_view charset;
    std::string octets;
    std::size_t size = 0; // of the word as it stands
};

std::optional<std::string> decode_q(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '_') {
            out.push_back(' ');
        } else if (text[i] == '=') {
            const auto octet = hex_decode(text.substr(i + 1, 2));
            if (!octet || octet->size() != 1)
                return std::nullopt;
            out += *octet;
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
        if (!octets)
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
        if (rules.charset.empty() || same_nocase(rules.charset, word->charset))
            out += word->octets;
        else
            out += TRY(from_utf8(TRY(to_utf8(word->octets, word->charset)), rules.charset));
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
    const bool whole_characters = is_utf8(charset);
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
