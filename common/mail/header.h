// One header line of a message, with its continuation lines, octet for octet as it came.
#pragma once

#include <string>
#include <string_view>

namespace gp::mail {

class Header {
public:
    // `text` is the whole header with its line ends (CRLF or LF); one is added if the last is missing.
    explicit Header(std::string text);

    const std::string& text() const { return text_; }
    std::string_view name() const { return std::string_view(text_).substr(0, name_length_); }
    // Behind the colon, with folds and line ends as they are.
    std::string_view raw_value() const { return std::string_view(text_).substr(colon_ + 1); }
    // The value on one line: line ends removed where it is folded, blanks at both ends removed.
    std::string value() const;
    bool is(std::string_view name) const; // without regard to case
    void set_value(std::string_view value, std::string_view line_end = "\r\n"); // "Name: value"

    friend bool operator==(const Header& a, const Header& b) { return a.text_ == b.text_; }

private:
    void measure();
    std::string text_;
    std::size_t name_length_ = 0;
    std::size_t colon_ = 0; // a text without one has an empty value
};

// Length of the header name at the start of a line if the line begins a header, else npos: octets
// 33 to 126 and beyond ASCII, then blanks, then a colon (RFC 5322 sections 2.2 and 4.5.8, as Exim).
std::size_t header_name_length(std::string_view line);

// Line ends out, folds to what follows them: RFC 5322 section 2.2.3.
std::string unfold(std::string_view raw);

}
