// Which private key belongs to which certificate: both have the same public key.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::tls {

// The public key, as DER, of the first certificate in a PEM text, or of a private key without a passphrase.
Result<std::string> public_key_of_certificate(std::string_view pem);
Result<std::string> public_key_of_private_key(std::string_view pem);

}
