// ${hex: 24 24} and ${unicode: 40} in strings (RFC 5228 section 2.4.2.4).
#pragma once

#include <string>

#include "common/base/result.h"

namespace gp::sieve {

class Parser;

Result<std::string> decode_characters(const std::string& text, const Parser& parser);

}
