// Translation of texts between charsets, and what it needs of the C library.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::mail {

bool is_utf8_name(std::string_view charset); // "utf-8", "UTF8"

// Octets in the charset `from` as text in `to`; what cannot be translated stays as it is, octet by octet, as in Exim.
// US-ASCII, UTF-8, ISO-8859-1, ISO-8859-15 and windows-1252 are known here, others go through iconv. Error when one
// of them is unknown.
Result<std::string> translate(std::string_view octets, std::string_view from, std::string_view to);

// The C library has a module for each other charset and loads it when it is first used, which a jailed process may
// not do: to be called before the walls stand, for those that mail is written in and for `also`. One that is not on
// this machine is left out.
void load_charsets(const std::string& also = {});

}
