// The private keys, and the one thing that is done with them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/tls/keyd/handshake_block.h"
#include "common/tls/keyd/parameters.h"
#include "common/tls/keyd/protocol.h"

using EVP_PKEY = struct evp_pkey_st;

namespace gp::keyd {

class KeyRing {
public:
    // Loads all keys into memory that is not swapped where the system lets us, and wipes their text.
    static Result<KeyRing> load(Parameters& parameters);

    Result<std::string> sign(const Sign& request) const;
    std::size_t size() const { return keys_.size(); }

private:
    struct Key {
        std::shared_ptr<EVP_PKEY> key;
        std::string name;
        bool client = false;
        bool dkim = false;
    };
    static Result<std::string> sign_dkim(const Key& key, Block kind, const Sign& request);
    static Result<Key> load_one(const KeyBlock& block);
    std::vector<Key> keys_;
};

}
