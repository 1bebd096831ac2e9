// What OpenSSL's callbacks know of the handshake that a server is in: the session's application data, as long as it lasts.
#pragma once

#include "common/tls/context.h"
#include "common/tls/stream.h"

#include <openssl/ssl.h>

namespace gp::tls {

struct ServerHandshake {
    const Chooser& choose;
    unsigned resumption = resumption_supported;

    static ServerHandshake* of(SSL* ssl) { return static_cast<ServerHandshake*>(SSL_get_app_data(ssl)); }
};

// Seals and opens session tickets with the keys that are the context's application data.
int seal_ticket(SSL* ssl, unsigned char* name, unsigned char* start, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int is_new);

}
