// Main options of TLS on incoming connections.
#pragma once

#include <span>

#include "common/config/param.h"

namespace gp::conf {

struct Tls {
    config::Expandable tls_advertise_hosts;
    config::Expandable tls_certificate, tls_privatekey;
    config::Expandable tls_require_ciphers;
    config::Expandable tls_eccurve;
    std::string openssl_options;
    config::Expandable tls_verify_hosts, tls_try_verify_hosts, tls_verify_certificates, tls_crl;

    static constexpr std::string_view title = "TLS";
    static std::span<const config::Param<Tls>> params();
};

}
