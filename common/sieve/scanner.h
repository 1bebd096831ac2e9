// The letters of a Sieve script: white space, comments, words, tags, numbers, strings (RFC 5228 section 2),
// and lines for error messages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace gp::sieve {

class Scanner {
public:
    explicit Scanner(std::string_view text) : text_(text) {}

    Status skip(); // white space and comments; an open comment is an error
    bool at_end() const { return at_ == text_.size(); }
    char peek() const { return at_end() ? '\0' : text_[at_]; }

    // What comes next, taken only if it is that.
    Result<bool> punctuation(char c);
    // An identifier, lower case; empty: there is none. look_word leaves it.
    std::string look_word() const;
    Result<std::string> word();
    // A tag without its colon, lower case; empty: none.
    std::string look_tag() const;
    Result<bool> tag(std::string_view name);
    Result<std::optional<std::int64_t>> number();
    Result<std::optional<std::string>> string();

    unsigned line() const { return line_; }
    Error error(std::string text) const; // TEXT in line N

    std::size_t longest_string = 64 * 1024;

private:
    Result<std::string> quoted();
    Result<std::string> multi_line();
    bool starts_multi_line() const;
    void step()
    {
        line_ += text_[at_] == '\n';
        ++at_;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    unsigned line_ = 1;
};

}
