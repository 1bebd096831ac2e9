// Reply codes of SMTP and the enhanced codes of RFC 3463, and what they mean for a retry.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::mail {

enum class CodeClass { success, intermediate, temporary, permanent, malformed };
CodeClass class_of(unsigned reply_code); // RFC 5321 section 4.2.1

// "5.7.1": RFC 3463 section 2.
struct EnhancedCode {
    unsigned status = 0, subject = 0, detail = 0; // status is 2, 4 or 5

    static Result<EnhancedCode> parse(std::string_view text);
    std::string text() const;
    friend bool operator==(const EnhancedCode&, const EnhancedCode&) = default;
};

// The code at the start of a reply's text, "5.1.1 unknown user" -> "5.1.1"; empty when there is none.
std::string_view enhanced_at_start(std::string_view text);

// What a reply code says when nothing better is known: 550 -> "5.0.0", 452 -> "4.0.0".
std::string usual_enhanced(unsigned reply_code);

}
