#include "common/config/value.h"

#include <charconv>
#include <limits>

#include "common/base/encoding.h"
#include "common/base/text.h"

namespace gp::config {
namespace {

// Seconds, as Exim counts them.
constexpr std::int64_t longest_time = std::numeric_limits<std::int32_t>::max();

Error bad(std::string reason)
{
    return misconfigured(std::move(reason));
}

int digit_value(char c)
{
    if (is_digit(c))
        return c - '0';
    const char low = to_lower(c);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : 99;
}

// Multiplies by the letter's power of 1024; nothing when it is none or the result too large.
bool scale(std::int64_t& number, char letter)
{
    int shift = 0;
    switch (to_upper(letter)) {
    case 'K': shift = 10; break;
    case 'M': shift = 20; break;
    case 'G': shift = 30; break;
    case 'T': shift = 40; break;
    default: return false;
    }
    return !__builtin_mul_overflow(number, std::int64_t{1} << shift, &number);
}

// Digits of one base at the front of `text`, taken off it.
Result<std::int64_t> take_digits(std::string_view& text, int base, std::string_view whole)
{
    std::int64_t number = 0;
    std::size_t used = 0;
    for (; used < text.size() && digit_value(text[used]) < base; ++used)
        if (__builtin_mul_overflow(number, base, &number) ||
            __builtin_add_overflow(number, digit_value(text[used]), &number))
            return bad("absolute value of integer \"" + std::string(whole) + "\" is too large (overflow)");
    if (used == 0)
        return bad("integer expected, not \"" + std::string(whole) + "\"");
    text.remove_prefix(used);
    return number;
}

struct Unit {
    char letter;
    std::int64_t seconds;
};
constexpr Unit units[] = {{'w', 604800}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};

// One escape of a quoted string, after its backslash.
Result<char> take_escape(std::string_view& text)
{
    const char c = text.front();
    text.remove_prefix(1);
    switch (c) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: break;
    }
    const bool is_hex = c == 'x';
    if (!is_hex && !(c >= '0' && c <= '7'))
        return c;
    const int base = is_hex ? 16 : 8;
    int number = is_hex ? 0 : c - '0';
    std::size_t left = 2;
    for (; left > 0 && !text.empty() && digit_value(text.front()) < base; --left) {
        number = number * base + digit_value(text.front());
        text.remove_prefix(1);
    }
    if (number == 0)
        return bad(is_hex && left == 2 ? "\\x in a quoted string needs hexadecimal digits"
                                       : "a quoted string cannot hold a zero octet");
    return static_cast<char>(static_cast<unsigned char>(number & 0xff));
}

}

Result<bool> parse_boolean(std::string_view text)
{
    for (const std::string_view word : {"true", "yes"})
        if (same_nocase(text, word))
            return true;
    for (const std::string_view word : {"false", "no"})
        if (same_nocase(text, word))
            return false;
    return bad("\"" + std::string(text) + "\" is none of yes, no, true, false");
}

Result<std::int64_t> parse_number(std::string_view text)
{
    std::string_view rest = text;
    const bool is_negative = !rest.empty() && rest.front() == '-';
    if (!rest.empty() && (rest.front() == '-' || rest.front() == '+'))
        rest.remove_prefix(1);
    int base = 10;
    if (rest.size() > 1 && rest[0] == '0' && to_lower(rest[1]) == 'x') {
        base = 16;
        rest.remove_prefix(2);
    } else if (rest.size() > 1 && rest[0] == '0') {
        base = 8;
    }
    std::int64_t number = TRY(take_digits(rest, base, text));
    if (!rest.empty() && std::string_view("KMGTkmgt").find(rest.front()) != std::string_view::npos) {
        if (!scale(number, rest.front()))
            return bad("absolute value of integer \"" + std::string(text) + "\" is too large (overflow)");
        rest.remove_prefix(1);
    }
    if (!rest.empty())
        return bad("extra characters \"" + std::string(rest) + "\" follow integer value");
    return is_negative ? -number : number;
}

Result<std::int64_t> parse_octal_number(std::string_view text)
{
    std::string_view rest = text;
    const std::int64_t number = TRY(take_digits(rest, 8, text));
    if (!rest.empty())
        return bad("extra characters \"" + std::string(rest) + "\" follow octal value");
    return number;
}

Result<std::int64_t> parse_fixed_point(std::string_view text)
{
    if (text.empty() || !is_digit(text.front()))
        return bad("fixed-point number expected, not \"" + std::string(text) + "\"");
    std::string_view rest = text;
    std::int64_t number = TRY(take_digits(rest, 10, text));
    if (__builtin_mul_overflow(number, 1000, &number))
        return bad("\"" + std::string(text) + "\" is too large (overflow)");
    if (!rest.empty() && rest.front() == '.') {
        rest.remove_prefix(1);
        // Exim cuts digits past the third without a word, so that must stay readable.
        for (std::int64_t weight = 100; !rest.empty() && is_digit(rest.front()); weight /= 10) {
            if (__builtin_add_overflow(number, weight * (rest.front() - '0'), &number))
                return bad("\"" + std::string(text) + "\" is too large (overflow)");
            rest.remove_prefix(1);
        }
    }
    if (!rest.empty())
        return bad("extra characters \"" + std::string(rest) + "\" follow fixed-point value");
    return number;
}

Result<Duration> parse_time(std::string_view text)
{
    const auto invalid = [&] {
        return bad("invalid time value \"" + std::string(text) + "\": digits with w, d, h, m or s are wanted, as in 1h30m");
    };
    if (text.empty())
        return invalid();
    std::int64_t total = 0;
    std::string_view rest = text;
    while (!rest.empty()) {
        if (!is_digit(rest.front()))
            return invalid();
        std::int64_t number = TRY(take_digits(rest, 10, text));
        std::int64_t factor = 0;
        for (const auto& unit : units)
            if (!rest.empty() && rest.front() == unit.letter)
                factor = unit.seconds;
        if (factor == 0)
            return invalid();
        rest.remove_prefix(1);
        if (__builtin_mul_overflow(number, factor, &number) || __builtin_add_overflow(total, number, &total) ||
            total > longest_time)
            return bad("time value \"" + std::string(text) + "\" is too large");
    }
    return Duration(std::chrono::seconds(total));
}

Result<std::string> parse_string(std::string_view text)
{
    if (text.empty() || text.front() != '"')
        return std::string(text);
    std::string out;
    std::string_view rest = text.substr(1);
    while (!rest.empty() && rest.front() != '"') {
        const char c = rest.front();
        rest.remove_prefix(1);
        if (c != '\\') {
            out += c;
            continue;
        }
        if (rest.empty())
            break;
        out += TRY(take_escape(rest));
    }
    if (rest.empty())
        return bad("missing quote at end of string value");
    rest.remove_prefix(1);
    if (!trim(rest).empty())
        return bad("extra characters \"" + std::string(trim(rest)) + "\" follow the closing quote of the string value");
    return out;
}

std::string show_number(std::int64_t number)
{
    constexpr std::int64_t mega = 1024 * 1024;
    if (number == 0)
        return "0";
    if (number % mega == 0)
        return std::to_string(number / mega) + "M";
    if (number % 1024 == 0)
        return std::to_string(number / 1024) + "K";
    return std::to_string(number);
}

std::string show_octal(std::int64_t number)
{
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, number, 8);
    return number == 0 ? "0" : "0" + std::string(digits, end.ptr);
}

std::string show_fixed_point(std::int64_t number)
{
    std::string fraction = std::to_string(1000 + number % 1000).substr(1);
    while (fraction.size() > 1 && fraction.back() == '0')
        fraction.pop_back();
    return std::to_string(number / 1000) + "." + fraction;
}

std::string show_time(Duration duration)
{
    std::int64_t left = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
    std::string out;
    for (const auto& unit : units) {
        if (left >= unit.seconds) {
            out += std::to_string(left / unit.seconds) + unit.letter;
            left %= unit.seconds;
        }
    }
    return out.empty() ? "0s" : out;
}

std::string show_string(std::string_view text)
{
    const bool has_control = text.find_first_of(std::string_view("\n\r\t\\\"", 3)) != std::string_view::npos;
    const bool has_edge = !text.empty() && (text.front() == '"' || is_space(text.front()) || is_space(text.back()) ||
                                            text.back() == '\\');
    if (!has_control && !has_edge)
        return std::string(text);
    std::string out = "\"";
    for (const char c : text) {
        switch (c) {
        case '\n': out += "\\n"; break;
        case '\r': out += "\\r"; break;
        case '\t': out += "\\t"; break;
        case '"': out += "\\\""; break;
        case '\\': out += "\\\\"; break;
        default: out += c;
        }
    }
    return out + "\"";
}

}
