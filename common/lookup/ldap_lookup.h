// Directories: which servers a query is asked of, in turn (manual 9.17), and what their client library is told.
#pragma once

#include <memory>
#include <string_view>

#include "common/lookup/lookup.h"
#include "common/lookup/server_pool.h"

namespace gp::lookup {

// What the ldap_… options say of connections; the same for all of a process.
struct LdapSettings {
    std::string ca_cert_dir, ca_cert_file, cert_file, cert_key, cipher_suite, require_cert;
    bool start_tls = false;
    std::int64_t version = 0; // 0: the newest that is known
};
void use_ldap_settings(LdapSettings settings);

// `type` is ldap, ldapdn or ldapm.
Result<std::unique_ptr<Source>> open_ldap(const Environment& environment, std::string_view type);

// ldapauth: whether a server lets the user of the query in. An error: no server could tell.
Result<bool> ldap_login(const Environment& environment, std::string_view query);

ServerPlaces ldap_places(std::string_view servers);

}
