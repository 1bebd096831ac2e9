// Keyed digests for the items and conditions that sign or check: hmac, prvs, srs, crypteq.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::expand {

enum class Digest { md5, sha1, sha256, sha512 };

Result<std::string> digest_of(Digest kind, std::string_view text);                       // octets
Result<std::string> keyed_digest(Digest kind, std::string_view key, std::string_view text); // RFC 2104, octets

// Takes as long for a difference at the front as at the end.
bool same_secret(std::string_view a, std::string_view b);

}
