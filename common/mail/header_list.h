// The headers of a message, in order. Text that is not touched stays as it came, octet for octet.
//
// cleanup parses the start of a message into one, edits it and writes it back; router parses a
// block for $h_…; bounce and the tools read with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/mail/header.h"

namespace gp::mail {

struct HeaderLimits {
    std::size_t header_maxsize = 1024 * 1024;  // of all headers together
    std::size_t header_line_maxsize = 0;       // of one, continuations joined; 0: no limit
    std::size_t headers_max = 100'000;         // how many
};

// Which limit stopped the reading of headers.
enum class Overlong : std::uint8_t { no, line, headers };
constexpr Overlong enum_limit(Overlong)
{
    return Overlong::headers;
}

// What its sender hears of it, in Exim's words.
std::string_view overlong_text(Overlong why);

class HeaderList {
public:
    HeaderList() = default;

    // Reads headers from the start of `message` up to the empty line, or to the first line that is no
    // header: such a line belongs to the body, as if an empty line stood before it (as Exim does).
    // Errors are permanent and in Exim's words; cause too_big for a limit.
    struct Parsed;
    static Result<Parsed> parse(std::string_view message, const HeaderLimits& limits = {});
    // The same for those who tell the limits apart: `overlong` says where the reading stopped.
    static Parsed read(std::string_view message, const HeaderLimits& limits);

    bool empty() const { return headers_.empty(); }
    std::size_t size() const { return headers_.size(); }
    const Header& operator[](std::size_t index) const { return headers_[index]; }
    Header& operator[](std::size_t index) { return headers_[index]; }
    auto begin() const { return headers_.begin(); }
    auto end() const { return headers_.end(); }
    auto begin() { return headers_.begin(); }
    auto end() { return headers_.end(); }

    const Header* find(std::string_view name) const; // the first of that name, or null
    Header* find(std::string_view name);
    bool has(std::string_view name) const { return find(name) != nullptr; }
    std::size_t count(std::string_view name) const;
    std::vector<std::string> values(std::string_view name) const;

    // `text` is one header or several in a row; line ends are made `line_end` throughout. Text that
    // does not begin with a header name is given one, "X-ACL-Warn:", as Exim does for add_header.
    void add_bottom(std::string_view text);
    void add_top(std::string_view text);
    void add_after_received(std::string_view text); // behind the first block of Received: headers
    void add_before_first(std::string_view text);   // before the first that is neither Received nor Resent-
    // Removes every header of this name; a name that ends in * takes all that begin so. How many went.
    std::size_t remove(std::string_view name);
    std::size_t remove_if(const std::function<bool(const Header&)>& unwanted);

    // RFC 5322 section 3.6.6: whether any Resent- header is or was there, and so which set is in force.
    bool is_resent() const;
    // "From" -> "Resent-From" when is_resent(), else "From".
    std::string in_force(std::string_view name) const;

    std::string text() const; // all of them, without the empty line
    std::size_t octets() const;

    // What added headers end in; LF for texts that have LF lines.
    void set_line_end(std::string line_end) { line_end_ = std::move(line_end); }
    const std::string& line_end() const { return line_end_; }

private:
    std::vector<Header> split(std::string_view text) const;
    void insert(std::size_t at, std::string_view text);

    std::vector<Header> headers_;
    std::string line_end_ = "\r\n";
    bool lost_resent_ = false; // a Resent- header has been removed
};

struct HeaderList::Parsed {
    HeaderList headers;
    std::size_t body = 0;      // where the body begins in the message, behind the empty line if there is one
    bool complete = false;     // the end of the headers was seen; false: the message ended before it
    bool has_empty_line = false;
    Overlong overlong = Overlong::no; // read() stopped at a limit
};

}
