// Texts of a configuration that change a TLS context.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

using SSL_CTX = struct ssl_ctx_st;

namespace gp::tls {

// openssl_options: "+no_sslv3 -all", the library's names without SSL_OP_ (manual 14.23).
Status use_options(SSL_CTX* context, std::string_view options);
// tls_eccurve: "auto", or names between colons.
Status use_groups(SSL_CTX* context, const std::string& groups);

}
