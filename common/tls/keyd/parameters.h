// What keyd is told at its start: the keys themselves, which nobody else has.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gp::keyd {

struct KeyBlock {
    std::string name; // of the option and file that it came from, for logs
    std::string pem;  // one private key, without passphrase
    bool client = false; // for connections that we make (remote); else for those that we accept
    bool dkim = false;   // for DKIM signatures alone
    static void fields(auto& self, auto&& field)
    {
        field("name", self.name);
        field("pem", self.pem);
        field("client", self.client);
        field("dkim", self.dkim);
    }
};

struct Parameters {
    std::vector<KeyBlock> keys;            // Sign::key is the place in this list
    std::uint32_t signatures_per_second = 2000; // for one process that asks; keyd_signatures_per_second
    std::uint32_t tls_ticket_key_lifetime = 3600; // seconds until session tickets are sealed with a new key
    static void fields(auto& self, auto&& field)
    {
        field("keys", self.keys);
        field("signatures_per_second", self.signatures_per_second);
        field("tls_ticket_key_lifetime", self.tls_ticket_key_lifetime);
    }
};

}
