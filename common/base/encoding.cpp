#include "common/base/encoding.h"

#include <array>

#include "common/base/digits.h"

namespace gp {
namespace {

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view base62_digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::string_view hex_digits = "0123456789abcdef";

template <std::size_t N>
constexpr auto values_of(const char (&digits)[N])
{
    std::array<signed char, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i + 1 < N; ++i)
        values[static_cast<unsigned char>(digits[i])] = static_cast<signed char>(i);
    return values;
}

constexpr auto base64_values =
    values_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
constexpr auto base62_values =
    values_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

}

std::string base64_encode(std::string_view bytes)
{
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        for (std::size_t k = 0; k < 3; ++k)
            group = (group << 8) | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0u);
        for (std::size_t k = 0; k < 4; ++k)
            out.push_back(k <= count ? base64_digits[(group >> (18 - 6 * k)) & 63] : '=');
    }
    return out;
}

Result<std::string> base64_decode(std::string_view text)
{
    if (text.size() % 4 == 0)
        for (int padding = 0; padding < 2 && text.ends_with('='); ++padding)
            text.remove_suffix(1);
    if (text.size() % 4 == 1)
        return permanent("base64 text has an impossible length");
    std::string out;
    out.reserve(text.size() / 4 * 3 + 3);
    std::uint32_t group = 0;
    int bits = 0;
    for (char c : text) {
        const int value = base64_values[static_cast<unsigned char>(c)];
        if (value < 0)
            return permanent("base64 text has the character \"" + escape(std::string_view(&c, 1)) + "\"");
        group = (group << 6) | static_cast<std::uint32_t>(value);
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            out.push_back(static_cast<char>((group >> bits) & 0xff));
        }
    }
    return out;
}

std::string hex_encode(std::string_view bytes)
{
    std::string out;
    out.reserve(bytes.size() * 2);
    for (char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out.push_back(hex_digits[byte >> 4]);
        out.push_back(hex_digits[byte & 15]);
    }
    return out;
}

Result<std::string> hex_decode(std::string_view text)
{
    if (text.size() % 2)
        return permanent("hexadecimal text has an odd length");
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int octet = hex_octet(text, i);
        if (octet < 0)
            return permanent("\"" + escape(text.substr(i, 2)) + "\" is not hexadecimal");
        out.push_back(static_cast<char>(octet));
    }
    return out;
}

std::string xtext_encode(std::string_view bytes)
{
    std::string out;
    for (char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 32 && byte < 127 && c != '+' && c != '=') {
            out.push_back(c);
            continue;
        }
        out.push_back('+');
        out.push_back(to_upper(hex_digits[byte >> 4]));
        out.push_back(to_upper(hex_digits[byte & 15]));
    }
    return out;
}

Result<std::string> xtext_decode(std::string_view text)
{
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '+') {
            if (text[i] == '=' || text[i] <= ' ' || text[i] > '~')
                return permanent("xtext has the character \"" + escape(text.substr(i, 1)) + "\"");
            out.push_back(text[i]);
            continue;
        }
        const int octet = hex_octet(text, i + 1);
        if (octet < 0)
            return permanent("xtext has a + without two hexadecimal digits");
        out.push_back(static_cast<char>(octet));
        i += 2;
    }
    return out;
}

std::string base62_encode(std::uint64_t number, int width)
{
    std::string out;
    do {
        out.insert(out.begin(), base62_digits[number % 62]);
        number /= 62;
    } while (number);
    if (out.size() < static_cast<std::size_t>(width))
        out.insert(0, static_cast<std::size_t>(width) - out.size(), '0');
    return out;
}

Result<std::uint64_t> base62_decode(std::string_view text)
{
    std::uint64_t number = 0;
    for (char c : text) {
        const int value = base62_values[static_cast<unsigned char>(c)];
        if (value < 0)
            return permanent("\"" + escape(text) + "\" is not a base 62 number");
        if (number > (~std::uint64_t{0} - static_cast<std::uint64_t>(value)) / 62)
            return permanent("\"" + escape(text) + "\" is too large");
        number = number * 62 + static_cast<std::uint64_t>(value);
    }
    return number;
}

}
