// tls_certificate as an expansion (manual 43.13): the certificate is found for each client, by the name that it asked for.
// Nobody but keyd may have keys, and keyd has them from its start. So all files that the text could name are looked at
// here, once, and each certificate is joined with the private key that belongs to it.
#pragma once

#include "conf/keys.h"

namespace gp::conf {

// The same of an smtp transport, whose certificate may depend on the message or the host.
void read_named_certificates(const Driver& transport, config::Problems& problems, Keys& keys);
void read_named_certificates(const config::Settings& settings, config::Problems& problems, Keys& keys);

// The parts of a PEM text whose label ends in `label`: "CERTIFICATE", "PRIVATE KEY". A file may hold both.
std::string pem_parts(std::string_view pem, std::string_view label);

}
