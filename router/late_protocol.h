// Options of the smtp transport that say something of the connection, and so are expanded once it stands: remote asks
// for them by ExpandOption, with the facts of the connection.
#pragma once

#include <array>
#include <string_view>

namespace gp::router {

// Stands for the value of such an option in a Delivery. No configuration has such a character.
inline constexpr std::string_view late_mark = "\x03";

inline constexpr std::array<std::string_view, 9> late_options = {
    "helo_data", "host_name_extract", "tls_sni", "tls_alpn", "tls_certificate", "tls_privatekey", "tls_require_ciphers", "tls_verify_certificates", "dane_require_tls_ciphers",
};

// A word of transport_filter that has to do with the host: the question names the option, and this fact the word by its
// number.
inline constexpr std::string_view command_word_fact = "command_word";

// The variables that only a connection has, and those that it has besides for the host in hand.
inline constexpr std::array<std::string_view, 15> connection_variables = {
    "sending_ip_address", "sending_port",
    "tls_out_bits",   "tls_out_certificate_verified", "tls_out_cipher",   "tls_out_cipher_std", "tls_out_dane",
    "tls_out_ocsp",   "tls_out_ourcert",              "tls_out_peercert", "tls_out_peerdn",     "tls_out_resumption",
    "tls_out_sni",    "tls_out_tlsa_usage",           "tls_out_ver",
};
inline constexpr std::array<std::string_view, 4> host_variables = {"item", "host", "host_address", "host_port"};

}
