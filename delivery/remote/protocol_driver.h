// What differs between the protocols that the `protocol` option of an smtp transport names. One file each in drivers/.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/base/registry.h"

namespace gp::remote {

struct Protocol {
    std::string_view name;
    std::uint16_t port;           // when neither transport nor host says one
    std::string_view greeting;    // EHLO or LHLO
    bool falls_back_to_helo;      // when the greeting is refused
    bool one_reply_each;          // after the data, one reply for each accepted recipient (RFC 2033 section 4.2)
    bool tls_on_connect;
    std::string_view word;        // how error texts call it
    std::string_view doc;
};

using RegisterProtocol = Registry<Protocol>::Entry;

}
