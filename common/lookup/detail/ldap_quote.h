// Quoting for the look-up types of LDAP: ldap, ldapdn, ldapm (manual 9.17).
#pragma once

#include "common/lookup/lookup.h"

namespace gp::lookup {

// Manual 9.16: for a filter (RFC 4515), or for a DN (RFC 4514).
// ${quote_ldap:…}, and with the variant "dn" ${quote_ldap_dn:…}. An error: another variant.
Result<std::string> quote_ldap(std::string_view words, std::string_view variant);

}
