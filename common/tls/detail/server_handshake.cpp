#include "common/tls/detail/server_handshake.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstring>

namespace gp::tls {
namespace {

constexpr std::size_t half = TicketKey::secret_size / 2;

const unsigned char* octets(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

bool set_mac(EVP_MAC_CTX* mac, const TicketKey& key)
{
    char digest[] = "SHA256";
    std::string secret = key.secret.substr(half);
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, secret.data(), secret.size()),
                                 OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
    const bool is_set = EVP_MAC_CTX_set_params(mac, params) == 1;
    OPENSSL_cleanse(secret.data(), secret.size());
    return is_set;
}

}

// RFC 5077 section 4: what it answers is 0 where no ticket is made or taken, 2 where one is taken that is to be renewed.
int seal_ticket(SSL* ssl, unsigned char* name, unsigned char* start, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac, int is_new)
{
    const auto* keys = static_cast<const TicketKeys*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
    auto* handshake = ServerHandshake::of(ssl);
    if (!keys || keys->empty())
        return 0;
    if (is_new) {
        const auto& key = *keys->sealing();
        if (RAND_bytes(start, EVP_MAX_IV_LENGTH) != 1)
            return -1;
        std::memcpy(name, key.name.data(), key.name.size());
        if (EVP_EncryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, octets(key.secret), start) != 1 || !set_mac(mac, key))
            return -1;
        if (handshake)
            handshake->resumption |= ticket_requested | ticket_issued;
        return 1;
    }
    if (handshake)
        handshake->resumption |= ticket_requested | session_offered;
    const auto* key = keys->find({reinterpret_cast<const char*>(name), TicketKey::name_size});
    if (!key)
        return 0; // of a key that has gone: the handshake is done in full
    if (EVP_DecryptInit_ex(cipher, EVP_aes_256_cbc(), nullptr, octets(key->secret), start) != 1 || !set_mac(mac, *key))
        return -1;
    return key == keys->sealing() ? 1 : 2;
}

}
