#include "common/expand/detail/sum.h"

#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "common/base/text.h"

namespace gp::expand {
namespace {

constexpr std::size_t most_parentheses = 1000; // within each other

// One expression; errors say how far it got. Strangers may write it, and a fiber's stack is small: what waits
// for its right side is kept in `open_`, and nothing here calls itself.
class Sum {
public:
    Sum(std::string_view text, bool is_decimal) : text_(text), is_decimal_(is_decimal) {}

    Result<std::int64_t> value()
    {
        auto out = sum();
        if (out && at_ < text_.size())
            out = error("expecting operator");
        if (out)
            return out;
        return misconfigured("error in expression evaluation: " + out.error().text + " (after processing \"" +
                             std::string(text_.substr(0, at_)) + "\")");
    }

private:
    using Number = std::int64_t;
    struct Binary {
        std::string_view sign;
        unsigned level;
        Result<Number> (*apply)(Number a, Number b);
    };

    static Error error(std::string text) { return misconfigured(std::move(text)); }

    static Result<Number> add(Number a, Number b)
    {
        Number out = 0;
        return __builtin_add_overflow(a, b, &out) ? Result<Number>(error("overflow in sum")) : out;
    }
    static Result<Number> subtract(Number a, Number b)
    {
        Number out = 0;
        return __builtin_sub_overflow(a, b, &out) ? Result<Number>(error("overflow in difference")) : out;
    }
    static Result<Number> multiply(Number a, Number b)
    {
        Number out = 0;
        return __builtin_mul_overflow(a, b, &out) ? Result<Number>(error("overflow in multiply")) : out;
    }
    static Result<Number> divide(Number a, Number b)
    {
        if (b == 0)
            return error("divide by zero");
        return a == INT64_MIN && b == -1 ? INT64_MAX : a / b;
    }
    static Result<Number> remainder(Number a, Number b)
    {
        if (b == 0)
            return error("modulo by zero");
        return b == -1 ? 0 : a % b;
    }
    // Counts outside of 0 to 63 are taken modulo 64, as the machine does it for Exim.
    static Result<Number> shift_left(Number a, Number b)
    {
        return static_cast<Number>(static_cast<std::uint64_t>(a) << (static_cast<std::uint64_t>(b) & 63));
    }
    static Result<Number> shift_right(Number a, Number b)
    {
        return a >> (static_cast<std::uint64_t>(b) & 63);
    }

    // Lowest priority first; "<<" and ">>" stand before what they could be mistaken for.
    static const Binary* binary(std::string_view rest, unsigned level)
    {
        static constexpr Binary table[] = {
            {"|", 0, [](Number a, Number b) -> Result<Number> { return a | b; }},
            {"^", 1, [](Number a, Number b) -> Result<Number> { return a ^ b; }},
            {"&", 2, [](Number a, Number b) -> Result<Number> { return a & b; }},
            {"<<", 3, shift_left},
            {">>", 3, shift_right},
            {"+", 4, add},
            {"-", 4, subtract},
            {"*", 5, multiply},
            {"/", 5, divide},
            {"%", 5, remainder},
        };
        for (const auto& row : table)
            if (row.level == level && rest.starts_with(row.sign))
                return &row;
        return nullptr;
    }
    static const Binary* binary(std::string_view rest)
    {
        for (unsigned level = 0; level < levels; ++level)
            if (const auto* found = binary(rest, level))
                return found;
        return nullptr;
    }
    static constexpr unsigned levels = 6;

    void skip_space()
    {
        while (at_ < text_.size() && is_space(text_[at_]))
            ++at_;
    }

    // A left side that waits until what follows binds less tightly than its sign.
    struct Waiting {
        Number left;
        const Binary* sign;
    };
    // An opening parenthesis, or the whole.
    struct Open {
        std::string signs; // in front of it
        std::vector<Waiting> waiting;
    };

    Result<Number> sum()
    {
        open_.assign(1, {});
        for (;;) {
            auto signs = signs_in_front();
            if (at_ < text_.size() && text_[at_] == '(') {
                ++at_;
                if (open_.size() > most_parentheses)
                    return error("too many parentheses");
                open_.push_back({std::move(signs), {}});
                continue;
            }
            if (at_ >= text_.size() || !is_digit(text_[at_]))
                return error("expecting number or opening parenthesis");
            const auto whole = TRY(behind_operand(with_signs(TRY(number()), signs)));
            if (whole)
                return *whole;
        }
    }

    // Takes the operator behind an operand, and the parentheses that it closes. A value: the expression is at
    // its end.
    Result<std::optional<Number>> behind_operand(Number value)
    {
        for (;;) {
            const auto* sign = binary(text_.substr(at_));
            auto& waiting = open_.back().waiting;
            while (!waiting.empty() && (!sign || waiting.back().sign->level >= sign->level)) {
                value = TRY(waiting.back().sign->apply(waiting.back().left, value));
                waiting.pop_back();
            }
            if (sign) {
                at_ += sign->sign.size();
                waiting.push_back({value, sign});
                return std::optional<Number>{};
            }
            if (open_.size() == 1)
                return std::optional<Number>{value};
            if (at_ >= text_.size() || text_[at_] != ')')
                return error("expecting closing parenthesis");
            ++at_;
            skip_space();
            value = with_signs(value, open_.back().signs);
            open_.pop_back();
        }
    }

    std::string signs_in_front()
    {
        std::string signs;
        skip_space();
        while (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-' || text_[at_] == '~')) {
            signs += text_[at_++];
            skip_space();
        }
        return signs;
    }

    static Number with_signs(Number value, std::string_view signs)
    {
        for (auto sign = signs.rbegin(); sign != signs.rend(); ++sign) {
            if (*sign == '~')
                value = ~value;
            else if (*sign == '-')
                value = static_cast<Number>(0 - static_cast<std::uint64_t>(value));
        }
        return value;
    }

    // Too large ones are the largest, as strtoll has it.
    Result<Number> number()
    {
        int base = 10;
        if (!is_decimal_ && text_[at_] == '0') {
            base = 8;
            if (at_ + 1 < text_.size() && to_lower(text_[at_ + 1]) == 'x') {
                base = 16;
                at_ += 2;
            }
        }
        Number value = 0;
        const char* from = text_.data() + at_;
        const auto read = std::from_chars(from, text_.data() + text_.size(), value, base);
        if (read.ec == std::errc::result_out_of_range)
            value = INT64_MAX;
        at_ += static_cast<std::size_t>(read.ptr - from);
        const char unit = at_ < text_.size() ? to_lower(text_[at_]) : '\0';
        const unsigned shift = unit == 'k' ? 10u : unit == 'm' ? 20u : unit == 'g' ? 30u : 0u;
        if (shift) {
            ++at_;
            value = TRY(multiply(value, Number{1} << shift));
        }
        skip_space();
        return value;
    }

    std::string_view text_;
    bool is_decimal_;
    std::size_t at_ = 0;
    std::vector<Open> open_;
};

}

Result<Text> evaluate_sum(const OperatorCall& call, bool is_decimal)
{
    return Text::clean(std::to_string(TRY(Sum(call.subject.text, is_decimal).value())));
}

}
