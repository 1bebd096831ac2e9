// The :from of vacation and notify (RFC 5230 section 4.3, RFC 5436 section 2.3).
#pragma once

#include "common/sieve/parser.h"

namespace gp::sieve {

// An address, unless variables may still make it one.
Result<std::string> read_sender(Parser& parser);

}
