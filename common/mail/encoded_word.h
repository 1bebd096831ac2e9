// RFC 2047 encoded words, both ways: what a header shows, and how to put other than ASCII into one.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::mail {

// Octets in `charset` to UTF-8. US-ASCII, UTF-8, ISO-8859-1, ISO-8859-15 and windows-1252 are known here;
// others go through the C library's iconv, which a jailed process may be without: then an error.
Result<std::string> to_utf8(std::string_view octets, std::string_view charset);
Result<std::string> from_utf8(std::string_view text, std::string_view charset);

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
