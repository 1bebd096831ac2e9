// A message as Exim keeps it: the -H file. The -D file beside it is "ID-D", a newline, and the body with
// Unix line ends. Exim's manual, chapter 57; the forms of its release 4.96.
#pragma once

#include <string>
#include <string_view>

#include "common/mail/envelope.h"

namespace gp::spool {

// `headers` are the spool's: CRLF lines without the empty one that ends them. What Exim has no place for
// (named queue, smtputf8, the body's type) is left out. `was_tried`: a delivery has been attempted.
std::string exim_header_file(const mail::Envelope& envelope, std::string_view headers, bool was_tried = true);

// How Exim names what was delivered below a recipient: "a@b:/file", "a@b:|command" and "a@b:>reply" here are the other
// way round there.
std::string exim_child_name(const std::string& child);

}
