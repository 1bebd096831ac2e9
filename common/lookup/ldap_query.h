// An LDAP query (manual 9.15 to 9.18): settings, then a URL (RFC 4516):
//
//     user="cn=manager,o=x" pass=secret size=5 ldap://host:389/o=x?sn?sub?(cn=foo)
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace gp::lookup {

struct LdapQuery {
    std::string user;     // the DN, URL quoting removed
    std::string password;
    std::string scheme;   // "ldap", "ldaps", "ldapi"
    std::string host;     // of the URL, unquoted; a path is a Unix socket; empty: the default servers
    unsigned port = 0;    // 0: the usual one
    std::string search;   // what follows the host: "o=x?sn?sub?(cn=foo)"
    std::string dereference = "never"; // "never", "searching", "finding", "always"
    bool follow_referrals = true;
    unsigned size_limit = 0, time_limit = 0, network_timeout = 0; // 0: none
    std::vector<std::string> servers;  // of servers=: in place of the default ones
    bool has_servers = false;
};

// The error is Exim's where it has one.
Result<LdapQuery> parse_ldap_query(std::string_view text);

// "host", "host:389", "[::1]:389" or "/a/socket".
struct LdapServer {
    std::string host, socket;
    unsigned port = 0;
};
Result<LdapServer> parse_ldap_server(std::string_view text);

// %XX; a wrong one stays as it is.
std::string without_url_quotes(std::string_view text);

}
