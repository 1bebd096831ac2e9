// OCSP answers that a server shows in the handshake (RFC 6066 section 8, RFC 6960): which one goes with a certificate,
// and, on the client's side, whether the one that came is good.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

using SSL = struct ssl_st;
using SSL_CTX = struct ssl_ctx_st;

namespace gp::tls {

// As $tls_out_ocsp numbers them (manual 11.9).
enum class Ocsp : std::uint8_t { not_requested, no_response, not_verified, failed, verified };

// The answer in DER form, of a file in this form or in PEM; an error says what is wrong with it. One that tells of no
// certificate is none.
Result<std::string> read_ocsp(std::string_view content, bool is_pem);

// Client: to be asked for before the handshake, and judged after it.
void ask_for_status(SSL* ssl);
Ocsp judge_status(SSL* ssl);

// Server: `answer` (DER) goes with the certificate that the context took last; while it is valid, it is shown to clients
// that ask.
void add_status(SSL_CTX* context, const std::string& answer);
// Server: an answer was shown in this handshake.
bool shows_status(SSL* ssl);

}
