// Digests in hexadecimal digits, for the operators md5, sha1, sha2, sha3.
#pragma once

#include <openssl/evp.h>

#include "common/expand/operator.h"

namespace gp::expand {

// The digest of the text in lower case; an error: OpenSSL does not offer it.
Result<std::string> hex_digest(const EVP_MD* kind, std::string_view text);

}
