// What a block that is to be signed says it is. keyd signs these and nothing else, so that whoever can ask for
// signatures can end handshakes with them and cannot sign anything of worth elsewhere.
#pragma once

#include <string_view>

namespace gp::keyd {

enum class Block {
    foreign,          // not a handshake of ours: refused
    tls13_server,     // RFC 8446 section 4.4.3
    tls13_client,
    dkim,             // canonical headers, the last one a DKIM-Signature with an empty b=: RFC 6376 section 3.7
    tls12_client,     // all handshake messages up to ClientKeyExchange: RFC 5246 section 7.4.8
    tls12_parameters, // client random, server random, named curve and point: RFC 8422 section 5.4
};

Block classify(std::string_view block);

}
