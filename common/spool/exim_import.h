// Reads Exim's -H file (manual, chapter 57), so that a queue can be taken over from an Exim that stood here
// before. Everything that is understood becomes part of the envelope; what is not is told, line by line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/mail/envelope.h"

namespace gp::spool {

struct EximMessage {
    mail::Envelope envelope;
    std::string headers;             // CRLF lines without the empty one
    bool wire_format = false;        // the -D file has CRLF line ends already
    std::vector<std::string> notes;  // what has no place here
};

Result<EximMessage> read_exim_header_file(std::string_view text);

// The first line of a -D file must name it; the body is what follows.
Result<std::string_view> exim_data_body(std::string_view start_of_file, std::string_view id);

// $spam_bar, $spam_score and $spam_score_int: variables of the envelope that have lines of their own in a -H file.
constexpr bool is_spam_value(std::string_view name)
{
    return name == "spam_bar" || name == "spam_score" || name == "spam_score_int";
}

}
