// The private half of a TLS identity: a key in this process, or a handle to one that lives in keyd.
//
// A handle carries the public key and a function that gets signatures. OpenSSL calls it through a provider of our
// own, in the middle of the handshake, on the fiber that shakes hands; so the function may simply suspend (ask
// keyd over IPC) while other fibers run. No ASYNC job is needed: libssl holds no lock and leaves nothing in
// thread-local storage while it signs, but for the error queue, which every call in this room leaves empty.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "common/base/result.h"

using EVP_PKEY = struct evp_pkey_st;

namespace gp::tls {

// What is to be signed: whole, so that the one who signs can see that it is a handshake.
struct SignRequest {
    std::string digest;  // OpenSSL's name: "SHA256"; empty for one-shot algorithms (Ed25519)
    bool pss = false;    // RSA-PSS, salt as long as the digest
    std::string_view block; // lives until the signer returns
};
using Signer = std::function<Result<std::string>(const SignRequest&)>;

class PrivateKey {
public:
    // A key in this process, PEM. For tests, and for programs that run as the user who owns the key.
    static Result<PrivateKey> from_pem(std::string_view pem);
    // A key elsewhere: the public half comes from the certificate (PEM, the first one in it). RSA, RSA-PSS,
    // ECDSA and Ed25519.
    static Result<PrivateKey> remote(std::string_view certificate_pem, Signer signer);

    EVP_PKEY* get() const { return key_.get(); }

private:
    explicit PrivateKey(std::shared_ptr<EVP_PKEY> key) : key_(std::move(key)) {}
    std::shared_ptr<EVP_PKEY> key_;
};

}
