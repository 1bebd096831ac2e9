// One line of an SMTP client, taken apart: verb and argument. What could make two parsers see two
// different lines is refused here: NUL, bare CR, bare LF.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::smtp {

// Views into the line that was parsed.
struct CommandLine {
    std::string_view verb;     // the first word; for MAIL and RCPT it is the word alone
    std::string_view argument; // the rest without blanks around it; for MAIL and RCPT what follows the colon
    bool malformed = false;    // MAIL without FROM:, RCPT without TO:

    bool is(std::string_view name) const; // without regard to case
};

// `line` without its line end. Errors are permanent and in Exim's words. RFC 5321 section 2.4: verbs
// are matched without regard to case; section 4.1.1: MAIL FROM: and RCPT TO: have exactly one blank.
Result<CommandLine> parse_command(std::string_view line);

// The argument of EHLO, HELO or LHLO: a domain or an address literal, as strictly as Exim takes it.
// `allowed` are helo_allow_chars.
bool is_valid_helo(std::string_view argument, std::string_view allowed);

}
