// Result<T>: a value, or an Error that says whose fault it is.
//
// Everything that can go wrong returns one; TRY hands an error up. The text of an
// error reads well after a colon and names the thing that was wrong: a file, a
// host, a line. Exceptions stay inside the libraries that throw them.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace gp {

// Whose fault, and so what to do about it.
enum class Blame {
    temporary,     // try again later: 4xx, defer
    permanent,     // no use trying again: 5xx, bounce
    configuration, // the administrator must change something
};

// What kind of thing happened, for the few callers that must tell them apart.
enum class Cause { other, timeout, closed, refused, too_big, not_found, no_space, forced_fail };

struct Error {
    Blame blame = Blame::temporary;
    std::string text;
    Cause cause = Cause::other;
};

inline Error temporary(std::string text, Cause cause = Cause::other)
{
    return {Blame::temporary, std::move(text), cause};
}
inline Error permanent(std::string text, Cause cause = Cause::other)
{
    return {Blame::permanent, std::move(text), cause};
}
inline Error misconfigured(std::string text, Cause cause = Cause::other)
{
    return {Blame::configuration, std::move(text), cause};
}

// The error of the system call that just failed: "open /a/b: No such file or directory".
Error system_error(std::string_view what, int error_number);
Error system_error(std::string_view what); // uses errno

template <class T>
class [[nodiscard]] Result {
public:
    using Value = T;
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    explicit operator bool() const { return state_.index() == 0; }
    T& operator*() & { return *std::get_if<0>(&state_); }
    const T& operator*() const& { return *std::get_if<0>(&state_); }
    T&& operator*() && { return std::move(*std::get_if<0>(&state_)); }
    T* operator->() { return std::get_if<0>(&state_); }
    const T* operator->() const { return std::get_if<0>(&state_); }
    const Error& error() const& { return *std::get_if<1>(&state_); }
    Error&& error() && { return std::move(*std::get_if<1>(&state_)); }
    T take() && { return std::move(*std::get_if<0>(&state_)); }
    T value_or(T other) && { return *this ? std::move(*this).take() : std::move(other); }

private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    using Value = void;
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    explicit operator bool() const { return !error_; }
    const Error& error() const& { return *error_; }
    Error&& error() && { return std::move(*error_); }
    void take() && {}

private:
    std::optional<Error> error_;
};

using Status = Result<void>;

// The value of a Result, or return from the function with its error. The counter keeps the names of
// nested ones apart.
#define TRY(expression) GATEPOST_TRY_NAMED(expression, __COUNTER__)
#define GATEPOST_TRY_NAMED(expression, n) GATEPOST_TRY_JOINED(expression, n)
#define GATEPOST_TRY_JOINED(expression, n) GATEPOST_TRY(expression, gp_result_##n)
#define GATEPOST_TRY(expression, result)                                                                     \
    __extension__({                                                                                          \
        auto result = (expression);                                                                          \
        if (!result)                                                                                         \
            return std::move(result).error();                                                                \
        std::move(result).take();                                                                            \
    })

// For bugs only: says what was believed, and ends the process.
[[noreturn]] void panic(std::string_view believed, const char* file = __builtin_FILE(),
                        int line = __builtin_LINE());

}
