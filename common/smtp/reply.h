// A reply of SMTP: a code, perhaps an enhanced code, and one or more lines of text. Written by smtpd,
// read by delivery/remote.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/mail/status_code.h"

namespace gp::smtp {

inline constexpr std::size_t max_reply_line = 998;  // of text, written; RFC 5321 section 4.5.3.1.5 says 512
inline constexpr std::size_t max_reply_lines = 100; // read
inline constexpr std::size_t max_reply_text = 16 * 1024;

struct Reply {
    unsigned code = 0;
    std::string enhanced; // "5.7.1", or empty
    std::string text;     // lines separated by \n

    Reply() = default;
    Reply(unsigned reply_code, std::string words) : code(reply_code), text(std::move(words)) {}
    Reply(unsigned reply_code, std::string enhanced_code, std::string words)
        : code(reply_code), enhanced(std::move(enhanced_code)), text(std::move(words))
    {
    }

    mail::CodeClass kind() const { return mail::class_of(code); }
    bool is_success() const { return kind() == mail::CodeClass::success; }
    // "550-no\r\n550 really\r\n". Control characters become '?': nothing in a text ends a line but \n.
    std::string wire(bool with_enhanced) const;
    std::string one_line() const; // "550 5.7.1 no really", for logs

    friend bool operator==(const Reply&, const Reply&) = default;
};

// Puts the lines of a server's answer together. RFC 5321 section 4.2.
class ReplyReader {
public:
    // A line without its line end. The reply when it was the last one, nothing when more must follow;
    // an error for what is no reply, for a code that changes, and beyond the limits above.
    Result<std::optional<Reply>> add(std::string_view line);
    const std::vector<std::string>& lines() const { return lines_; } // of the last reply, codes taken off

private:
    unsigned code_ = 0;
    bool fresh_ = true;
    std::size_t octets_ = 0;
    std::vector<std::string> lines_;
};

}
