#include "common/expand/detail/slices.h"

#include <charconv>

#include "common/base/text.h"

namespace gp::expand {
namespace {

// Exim's order, which is not quite the alphabet's: t before s.
constexpr std::string_view hash_letters = "abcdefghijklmnopqrtsuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

constexpr unsigned primes[] = {3,  5,  7,  11, 13, 17, 19, 23, 29, 31, 37, 41,  43,  47, 53,
                               59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113};

std::string quoted(std::string_view text)
{
    return "\"" + std::string(text) + "\"";
}

}

std::string_view substring(std::string_view subject, std::int64_t start, std::optional<std::int64_t> length)
{
    const auto size = static_cast<std::int64_t>(subject.size());
    std::int64_t from = start, count = length.value_or(size);
    if (start < 0) {
        from = size + start;
        if (!length) {
            // Everything before the point that the negative start marks.
            count = std::max<std::int64_t>(from, 0);
            from = 0;
        } else if (from < 0) {
            count = std::max<std::int64_t>(count + from, 0); // the overshoot shortens it
            from = 0;
        }
    }
    if (from >= size)
        return {};
    return subject.substr(static_cast<std::size_t>(from), static_cast<std::size_t>(std::min(count, size - from)));
}

Result<std::string> text_hash(std::string_view subject, std::int64_t length, std::optional<std::int64_t> letters)
{
    const auto choice = letters.value_or(26);
    if (choice > 62)
        return misconfigured("hash count \"" + std::to_string(choice) + "\" too big");
    if (length == 0)
        return std::string();
    if (choice <= 0)
        return misconfigured("hash count \"" + std::to_string(choice) + "\" too small");
    const auto size = static_cast<std::int64_t>(subject.size());
    if (length >= size)
        return std::string(subject);
    std::string out(subject.substr(0, static_cast<std::size_t>(length)));
    if (out.empty())
        return out;
    // What lies behind the first `length` octets is folded into them, rotated by its place.
    for (std::size_t at = out.size(); at < subject.size(); ++at) {
        const unsigned c = static_cast<unsigned char>(subject[at]);
        const unsigned shift = (c + static_cast<unsigned>(at)) & 7;
        auto& target = out[(at - out.size()) % out.size()];
        target = static_cast<char>(static_cast<unsigned char>(target) ^ ((c << shift | c >> (8 - shift)) & 0xff));
    }
    for (char& c : out)
        c = hash_letters[static_cast<unsigned char>(c) % static_cast<std::size_t>(choice)];
    return out;
}

Result<std::string> numeric_hash(std::string_view subject, std::int64_t first, std::optional<std::int64_t> second)
{
    if (first <= 0 || (second && *second <= 0) || (second && first > INT64_MAX / *second))
        return misconfigured("the numbers of \"nhash\" must be greater than zero");
    std::uint64_t total = 0;
    std::size_t prime = std::size(primes);
    for (char c : subject) {
        if (prime == 0)
            prime = std::size(primes);
        total += primes[--prime] * static_cast<unsigned char>(c);
    }
    const auto n = static_cast<std::uint64_t>(first);
    if (!second)
        return std::to_string(total % n);
    const auto m = static_cast<std::uint64_t>(*second);
    total %= n * m;
    return std::to_string(total / m) + '/' + std::to_string(total % m);
}

Result<OperatorNumbers> operator_numbers(std::string_view argument, bool has_argument, std::string_view as_written,
                                         std::string_view name, unsigned most, bool may_be_negative)
{
    if (!has_argument)
        return misconfigured("missing values after " + std::string(name));
    const auto refused = [&] { return misconfigured("non-digit after underscore in " + quoted(as_written)); };
    OperatorNumbers out;
    if (argument.empty())
        return out; // "substr_:" counts as "substr_0:"
    const char* end = argument.data() + argument.size();
    if (argument.starts_with('-') && !may_be_negative)
        return refused();
    const auto first = std::from_chars(argument.data(), end, out.first);
    if (first.ec != std::errc{})
        return refused();
    if (first.ptr == end)
        return out;
    if (*first.ptr != '_' || most < 2)
        return refused();
    std::uint32_t number = 0;
    const auto second = std::from_chars(first.ptr + 1, end, number);
    if (second.ec != std::errc{} || second.ptr != end)
        return refused();
    out.second = number;
    return out;
}

Result<std::int64_t> integer(std::string_view text)
{
    const auto words = trim_left(text);
    if (words.empty())
        return std::int64_t{0};
    const auto digits = words.starts_with('+') ? words.substr(1) : words;
    std::int64_t value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const auto too_large = [&] {
        return misconfigured("absolute value of integer " + quoted(words) + " is too large (overflow)");
    };
    if (read.ec == std::errc::result_out_of_range)
        return too_large();
    if (read.ec != std::errc{})
        return misconfigured("integer expected but " + quoted(words) + " found");
    auto rest = digits.substr(static_cast<std::size_t>(read.ptr - digits.data()));
    unsigned shift = 0;
    if (!rest.empty()) {
        const char unit = to_lower(rest.front());
        shift = unit == 'k' ? 10u : unit == 'm' ? 20u : unit == 'g' ? 30u : 0u;
        if (shift)
            rest.remove_prefix(1);
    }
    if (!trim_left(rest).empty())
        return misconfigured("invalid integer " + quoted(words));
    std::int64_t scaled = 0;
    if (__builtin_mul_overflow(value, std::int64_t{1} << shift, &scaled))
        return too_large();
    return scaled;
}

Result<std::int64_t> item_number(std::string_view text, std::string_view item, bool may_be_negative)
{
    std::int64_t value = 0;
    const auto digits = trim_left(text);
    if (digits.empty())
        return value;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const bool is_number = read.ec == std::errc{} && read.ptr == digits.data() + digits.size();
    if (is_number && (value >= 0 || may_be_negative))
        return value;
    return misconfigured(quoted(text) + (may_be_negative ? " is not a number" : " is not a positive number") + " (in " +
                         quoted(item) + " expansion)");
}

}
