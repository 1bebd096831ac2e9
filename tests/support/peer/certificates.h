// Certificates and keys made for one test, signed by an authority made for the same.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace gp::testing {

enum class KeyKind { rsa, rsa_pss, p256, ed25519 };

struct Identity {
    std::string certificate; // PEM
    std::string key;         // PEM, PKCS#8
};

class Authority {
public:
    explicit Authority(const std::string& name = "Test authority");
    ~Authority();
    const std::string& certificate() const { return own_.certificate; }
    // For these DNS names; the first is the common name. `days` may be negative: it has expired.
    Identity issue(KeyKind kind, const std::vector<std::string>& names, int days = 10) const;
    // What its OCSP responder says of one of them, in DER form; `days` may be negative: it says so no more.
    std::string status_of(const Identity& issued, bool is_revoked = false, int days = 1) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
    Identity own_;
};

}
