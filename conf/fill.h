// Fills a program's parameter struct from the main options: each member takes the option of its own name,
// converted by its type. What has no option of its name keeps the struct's default and is set by hand in
// compile_<program>.cpp.
//
// A member NAME_is_set tells whether option NAME is; log_WORD is a word of log_selector. A text that is
// still to be expanded has no value here: router knows it.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "common/config/param.h"
#include "conf/log_selector.h"

namespace gp::conf {

// The option's value as a number: integers as they are, times in seconds, fixed-point numbers in thousandths.
// Nothing when it is unset or depends on an expansion.
std::optional<std::int64_t> number_of(const config::Settings& settings, std::string_view option);
std::optional<std::string> text_of(const config::Settings& settings, std::string_view option);

class Fill {
public:
    Fill(const config::Settings& settings, const LogSelector& selector)
        : settings_(settings), selector_(selector)
    {}

    template <class T>
    void operator()(std::string_view name, T& member)
    {
        if constexpr (std::is_same_v<T, bool>)
            flag(name, member);
        else if constexpr (std::is_integral_v<T>)
            number(name, member);
        else if constexpr (std::is_same_v<T, std::string>)
            text(name, member);
        else if constexpr (std::is_same_v<T, std::vector<std::string>>)
            texts(name, member);
        else if constexpr (std::is_same_v<T, std::vector<std::uint32_t>>)
            numbers(name, member);
    }

private:
    template <class N>
    void number(std::string_view name, N& member)
    {
        const auto value = number_of(settings_, name);
        if (!value)
            return;
        // Options are signed; a negative one has no meaning for an unsigned member.
        if constexpr (std::is_unsigned_v<N>) {
            const auto positive = static_cast<std::uint64_t>(std::max<std::int64_t>(*value, 0));
            member = static_cast<N>(std::min<std::uint64_t>(positive, std::numeric_limits<N>::max()));
        } else {
            member = static_cast<N>(*value);
        }
    }
    void flag(std::string_view name, bool& member);
    void text(std::string_view name, std::string& member);
    void texts(std::string_view name, std::vector<std::string>& member);
    void numbers(std::string_view name, std::vector<std::uint32_t>& member);

    const config::Settings& settings_;
    const LogSelector& selector_;
};

}
