#include "conf/params/detail/rows.h"

namespace gp::conf {
namespace {

using config::Standing;
using config::Type;
using config::Use;

// clang-format off
const config::Option rows[] = {
    {"mysql_servers", Type::string_list, Use::literal, nullptr, Standing::supported,
     "MySQL servers: host/database/user/password."},
    {"pgsql_servers", Type::string_list, Use::literal, nullptr, Standing::supported,
     "PostgreSQL servers: host/database/user/password."},
    {"oracle_servers", Type::string_list, Use::literal, nullptr, Standing::not_yet,
     "No client library for Oracle is used; mysql, pgsql, sqlite and redis look-ups are there."},
    {"redis_servers", Type::string_list, Use::literal, nullptr, Standing::supported,
     "Redis servers: host/database/password."},
    {"sqlite_dbfile", Type::string, Use::literal, nullptr, Standing::supported,
     "The database for sqlite look-ups that name none."},
    {"sqlite_lock_timeout", Type::integer, Use::literal, "5", Standing::supported,
     "How many seconds a locked SQLite database is waited for."},
    {"ldap_default_servers", Type::string_list, Use::literal, nullptr, Standing::supported,
     "LDAP servers for queries that name none."},
    {"ldap_version", Type::integer, Use::literal, nullptr, Standing::supported,
     "The version of the LDAP protocol: 2 or 3."},
    {"ldap_start_tls", Type::boolean, Use::literal, "false", Standing::supported,
     "Whether STARTTLS is used with LDAP servers."},
    {"ldap_require_cert", Type::string, Use::literal, nullptr, Standing::supported,
     "Whether an LDAP server needs a good certificate: hard, demand, allow, try, never."},
    {"ldap_ca_cert_dir", Type::string, Use::literal, nullptr, Standing::supported,
     "A folder of certificates against which an LDAP server's is checked."},
    {"ldap_ca_cert_file", Type::string, Use::literal, nullptr, Standing::supported,
     "A file of certificates against which an LDAP server's is checked."},
    {"ldap_cert_file", Type::string, Use::literal, nullptr, Standing::supported,
     "The certificate that is shown to LDAP servers."},
    {"ldap_cert_key", Type::string, Use::literal, nullptr, Standing::supported,
     "The key that goes with it."},
    {"ldap_cipher_suite", Type::string, Use::literal, nullptr, Standing::supported,
     "The ciphers for connections to LDAP servers."},
};
// clang-format on

}

std::span<const config::Option> server_rows()
{
    return rows;
}

}
