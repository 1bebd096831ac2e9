// SMTP (RFC 5321), and SMTP inside TLS from the first octet on (RFC 8314 section 3.3).

#include "delivery/remote/protocol_driver.h"

namespace gp::remote {
namespace {

const RegisterProtocol smtp{{
    .name = "smtp",
    .port = 25,
    .greeting = "EHLO",
    .falls_back_to_helo = true,
    .one_reply_each = false,
    .tls_on_connect = false,
    .word = "SMTP",
    .doc = "Simple Mail Transfer Protocol, with STARTTLS where the server offers it.",
}};

const RegisterProtocol smtps{{
    .name = "smtps",
    .port = 465,
    .greeting = "EHLO",
    .falls_back_to_helo = true,
    .one_reply_each = false,
    .tls_on_connect = true,
    .word = "SMTP",
    .doc = "SMTP with TLS from the start.",
}};

}
}
