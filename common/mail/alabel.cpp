#include "common/mail/alabel.h"

#include <idn2.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>

#include "common/base/text.h"
#include "common/base/utf8.h"

namespace gp::mail {
namespace {

constexpr std::string_view prefix = "xn--";
constexpr std::size_t longest = 4096; // Punycode takes time in the square of its input

struct Free {
    void operator()(char* text) const { std::free(text); }
};
using OwnedText = std::unique_ptr<char, Free>;

Error refused(std::string_view from, std::string_view text, std::string_view to, std::string_view why)
{
    return misconfigured("error converting " + std::string(from) + " (" + escape(text) + ") to " + std::string(to) +
                         ": " + std::string(why));
}

// RFC 3492 section 5 and 6.1.
namespace punycode {

constexpr std::uint32_t base = 36, t_min = 1, t_max = 26, skew = 38, damp = 700, initial_bias = 72, initial_n = 128;

std::uint32_t adapted(std::uint32_t delta, std::uint32_t points, bool is_first)
{
    delta = is_first ? delta / damp : delta / 2;
    delta += delta / points;
    std::uint32_t k = 0;
    for (; delta > (base - t_min) * t_max / 2; k += base)
        delta /= base - t_min;
    return k + (base - t_min + 1) * delta / (delta + skew);
}

std::uint32_t threshold(std::uint32_t k, std::uint32_t bias)
{
    return k <= bias ? t_min : k >= bias + t_max ? t_max : k - bias;
}

char digit(std::uint32_t value)
{
    return static_cast<char>(value < 26 ? 'a' + value : '0' + value - 26);
}

void add_number(std::string& out, std::uint32_t delta, std::uint32_t bias)
{
    for (std::uint32_t k = base;; k += base) {
        const auto t = threshold(k, bias);
        if (delta < t)
            break;
        out += digit(t + (delta - t) % (base - t));
        delta = (delta - t) / (base - t);
    }
    out += digit(delta);
}

std::string encode(const std::u32string& text)
{
    std::string out;
    for (const auto c : text)
        if (c < 128)
            out += static_cast<char>(c);
    const auto plain = static_cast<std::uint32_t>(out.size());
    auto done = plain;
    if (plain > 0)
        out += '-';
    std::uint32_t n = initial_n, delta = 0, bias = initial_bias;
    while (done < text.size()) {
        char32_t least = 0x110000;
        for (const auto c : text)
            if (c >= n && c < least)
                least = c;
        delta += (static_cast<std::uint32_t>(least) - n) * (done + 1);
        n = static_cast<std::uint32_t>(least);
        for (const auto c : text) {
            delta += c < n;
            if (c != n)
                continue;
            add_number(out, delta, bias);
            bias = adapted(delta, done + 1, done == plain);
            delta = 0;
            ++done;
        }
        ++delta;
        ++n;
    }
    return out;
}

std::optional<std::uint32_t> value(char c)
{
    if (is_digit(c))
        return static_cast<std::uint32_t>(c - '0' + 26);
    if (is_alpha(c))
        return static_cast<std::uint32_t>(to_lower(c) - 'a');
    return std::nullopt;
}

std::optional<std::u32string> decode(std::string_view text)
{
    std::u32string out;
    const auto dash = text.rfind('-');
    std::size_t at = 0;
    if (dash != std::string_view::npos && dash > 0) {
        for (const char c : text.substr(0, dash))
            out += static_cast<char32_t>(static_cast<unsigned char>(c));
        at = dash + 1;
    }
    std::uint32_t n = initial_n, i = 0, bias = initial_bias;
    while (at < text.size()) {
        const auto before = i;
        std::uint64_t weight = 1, place = i;
        for (std::uint32_t k = base;; k += base) {
            const auto digit_value = at < text.size() ? value(text[at++]) : std::nullopt;
            if (!digit_value)
                return std::nullopt;
            place += *digit_value * weight;
            const auto t = threshold(k, bias);
            if (place > UINT32_MAX || weight > UINT32_MAX)
                return std::nullopt;
            if (*digit_value < t)
                break;
            weight *= base - t;
        }
        const auto points = static_cast<std::uint32_t>(out.size()) + 1;
        bias = adapted(static_cast<std::uint32_t>(place) - before, points, before == 0);
        const auto step = static_cast<std::uint32_t>(place) / points;
        if (step > 0x10ffff - n)
            return std::nullopt;
        n += step;
        i = static_cast<std::uint32_t>(place) % points;
        out.insert(out.begin() + i, static_cast<char32_t>(n));
        ++i;
    }
    return out;
}

}

std::u32string codes_of(std::string_view utf8)
{
    std::u32string out;
    while (!utf8.empty()) {
        const auto first = static_cast<unsigned char>(utf8.front());
        const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
        char32_t code = size == 1 ? first : first & (0x7f >> size);
        for (std::size_t i = 1; i < size; ++i)
            code = code << 6 | (static_cast<unsigned char>(utf8[i]) & 0x3f);
        out += code;
        utf8.remove_prefix(size);
    }
    return out;
}

std::string utf8_of(const std::u32string& codes)
{
    std::string out;
    const auto put = [&](char32_t octet) { out += static_cast<char>(octet); };
    for (const auto code : codes) {
        if (code < 0x80) {
            put(code);
            continue;
        }
        const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
        put((more == 1 ? 0xc0 : more == 2 ? 0xe0 : 0xf0) | code >> (6 * more));
        for (int i = more - 1; i >= 0; --i)
            put(0x80 | (code >> (6 * i) & 0x3f));
    }
    return out;
}

}

bool is_ascii(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 128; });
}

Result<std::string> domain_to_alabel(const std::string& domain)
{
    if (is_ascii(domain))
        return domain;
    char* out = nullptr;
    const int error = ::idn2_to_ascii_8z(domain.c_str(), &out, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    const OwnedText owned(out);
    if (error != IDN2_OK)
        return refused("utf8", domain, "alabel", ::idn2_strerror(error));
    return std::string(out);
}

Result<std::string> domain_from_alabel(const std::string& domain)
{
    if (!is_utf8(domain))
        return refused("alabel", domain, "utf8", "Invalid input");
    char* out = nullptr;
    const int error = ::idn2_to_unicode_8z8z(domain.c_str(), &out, 0);
    const OwnedText owned(out);
    if (error != IDN2_OK)
        return refused("alabel", domain, "utf8", ::idn2_strerror(error));
    return std::string(out);
}

Result<std::string> local_part_to_alabel(std::string_view text)
{
    if (is_ascii(text))
        return std::string(text);
    if (!is_utf8(text) || text.size() > longest)
        return refused("utf8", text, "alabel", "l_u2a: bad UTF-8 input");
    return std::string(prefix) + punycode::encode(codes_of(text));
}

Result<std::string> local_part_from_alabel(std::string_view text)
{
    if (!text.starts_with(prefix))
        return refused("alabel", text, "utf8", "bad alabel prefix");
    const auto codes = text.size() <= longest && is_ascii(text) ? punycode::decode(text.substr(prefix.size())) : std::nullopt;
    if (!codes)
        return refused("alabel", text, "utf8", "Invalid input");
    return utf8_of(*codes);
}

Result<std::string> address_to_alabel(std::string_view address)
{
    const auto at = address.rfind('@');
    if (at == std::string_view::npos)
        return local_part_to_alabel(address);
    return TRY(local_part_to_alabel(address.substr(0, at))) + "@" + TRY(domain_to_alabel(std::string(address.substr(at + 1))));
}

std::string in_ascii_form(const std::string& address)
{
    auto made = address_to_alabel(address);
    return made ? std::move(made).take() : address;
}

}
