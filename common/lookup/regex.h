// Regular expressions: PCRE2, 8-bit, as Exim uses them (manual chapter 8). Known to lists, expansions and
// look-ups through this header alone.
//
// A pattern from the configuration is compiled once; speed_up() translates it to machine code and is called
// before the jail forbids that. Matching is bounded: a pattern that backtracks without end is an error.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace gp::lookup {

class Regex {
public:
    enum Flags : unsigned { none = 0, caseless = 1, dot_all = 2 };

    Regex() = default;
    // The error reads: regular expression error in "…": REASON at offset N
    static Result<Regex> compile(std::string_view pattern, unsigned flags = none);
    void speed_up();

    struct Span {
        std::size_t from = 0, to = 0;
        bool is_set = false;
    };
    // Group 0 is the whole match. False when there is none; an error when the limits are exceeded.
    Result<bool> match(std::string_view subject, std::vector<Span>& groups, std::size_t start = 0,
                       bool not_empty_here = false) const;
    Result<bool> matches(std::string_view subject) const;

    explicit operator bool() const { return code_ != nullptr; }

private:
    struct Code;
    std::shared_ptr<Code> code_;
};

// The groups as texts; unset ones are empty. Trailing unset groups are kept.
std::vector<std::string> captured(std::string_view subject, const std::vector<Regex::Span>& groups);

}
