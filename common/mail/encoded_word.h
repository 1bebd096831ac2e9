// RFC 2047 encoded words, both ways: what a header shows, and how to put other than ASCII into one.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::mail {

struct DecodeRules {
    bool check_length = true;              // check_rfc2047_length: longer words than 75 are left alone
    std::string_view charset = "UTF-8";    // of the result: headers_charset; empty: octets untranslated
};

// Decodes every encoded word; what is no well-formed word stays as it is, NUL octets become '?'.
// Error when a word's charset cannot be translated.
Result<std::string> decode_words(std::string_view text, const DecodeRules& rules = {});

// The text as encoded words in Q encoding, unchanged when it needs none (${rfc2047:…}). Words are at
// most 75 octets and never part a UTF-8 character.
std::string encode_words(std::string_view text, std::string_view charset = "UTF-8");

}
