// Certificates and private keys, read here once and told to those who need them: chains to smtpd and remote,
// keys to keyd alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/config/problem.h"
#include "conf/params/configuration.h"

namespace gp::conf {

struct Key {
    std::string name; // option and file, for logs
    std::string pem;
    bool client = false;
    bool dkim = false;
};

struct Certificate {
    std::string chain_pem;
    std::uint32_t key = 0; // place in keys
    std::string expiry;    // a warning, when that is soon or past
    std::string file;      // as tls_certificate expands to
    std::string ocsp = {}; // of tls_ocsp_file, in DER form
};

struct ClientCertificate {
    std::string file; // as the transport's option names it
    std::string chain_pem;
    std::uint32_t key = 0;
};

// A file below a directory that dkim_private_key names.
struct DkimKey {
    std::string file;
    std::uint32_t key = 0;
    std::string algorithm; // "rsa", "ed25519"
};

struct Keys {
    std::vector<Key> keys;
    std::vector<Certificate> server;       // for incoming connections
    bool is_self_signed = false;           // made for want of another
    bool are_chosen_by_name = false;       // tls_certificate is expanded for each client
    std::vector<ClientCertificate> client; // of smtp transports
    std::vector<DkimKey> dkim;             // of transports that sign
    std::string verify_pem;                // tls_verify_certificates, when it is a file
    std::vector<std::string> files;        // where all this came from, and folders where more may come from
};

// "…/cert.pem expires in 9 days"; empty while there is time to renew it.
std::string expiry_of(const std::string& file, const std::string& chain_pem);

// What cannot be read, or is no certificate or key, goes to `problems`.
Keys read_keys(const Configuration& configuration, config::Problems& problems);
// For listeners that are to offer TLS where the configuration names no certificate (manual 43.6).
void add_self_signed(const Configuration& configuration, config::Problems& problems, Keys& keys);

}
