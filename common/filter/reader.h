// Reads an Exim filter's words, quoted texts and comments, and counts lines for error messages.
//
// Words are separated by white space; in a condition round brackets separate too. A # that follows a separator
// begins a comment. After each word the reader stands on the next thing that matters, so that "near line N"
// is the line of that, as Exim says it.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::filter {

class Reader {
public:
    static constexpr std::size_t longest_word = 1024;

    Reader(std::string_view text, unsigned line) : text_(text), line_(line) { skip(); }

    bool at_end() const { return at_ == text_.size(); }
    char peek() const { return at_end() ? '\0' : text_[at_]; }
    // Takes one bracket and what follows it up to the next thing.
    void take();
    // Takes these letters, which are there, without what follows them.
    void take_letters(std::size_t count) { at_ += count; }
    bool next_is(std::string_view letters) const { return text_.substr(at_).starts_with(letters); }

    // Up to white space; in a condition up to a bracket too. Empty at the end.
    Result<std::string> word(bool in_condition);
    // A word, or a text in double quotes. Empty at the end.
    Result<std::string> item(bool in_condition);

    // Looking ahead: where we stand, and back there. Lines that were passed count again, as in Exim.
    std::size_t place() const { return at_; }
    void go_back(std::size_t place) { at_ = place; }

    unsigned line() const { return line_; }
    // TEXT near line N of filter file
    Error near(std::string text) const;

private:
    void skip(); // white space and comments
    Result<std::string> quoted();
    Status escape_sequence(std::string& into);

    std::string_view text_;
    std::size_t at_ = 0;
    unsigned line_;
};

}
