// LMTP over TCP (RFC 2033). Over a Unix socket it is a local delivery.

#include "delivery/remote/protocol_driver.h"

namespace gp::remote {
namespace {

const RegisterProtocol self{{
    .name = "lmtp",
    .port = 24,
    .greeting = "LHLO",
    .falls_back_to_helo = false,
    .one_reply_each = true,
    .tls_on_connect = false,
    .word = "LMTP",
    .doc = "Local Mail Transfer Protocol: each recipient gets a reply of its own after the data.",
}};

}
}
