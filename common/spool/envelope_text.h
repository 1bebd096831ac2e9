// An envelope as text that people and scripts can read and change, beside an exported message: one field
// on a line, default values left out.
//
//     sender: a@example.org
//     recipients.0.address: b@example.net
//     recipients.0.done: yes
//
// Octets that are not printable ASCII, and % itself, are written %XX.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/mail/envelope.h"

namespace gp::spool {

std::string envelope_to_text(const mail::Envelope& envelope);
// Empty lines and lines that begin with # are skipped; a name that is not known is an error.
Result<mail::Envelope> envelope_from_text(std::string_view text);

}
