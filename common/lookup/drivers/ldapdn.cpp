// ldapdn: the distinguished name of one entry of an LDAP directory (manual 9.17).

#include "common/lookup/detail/ldap_quote.h"
#include "common/lookup/ldap_lookup.h"

namespace gp::lookup {
namespace {

const RegisterLookup self{{
    .name = "ldapdn",
    .style = Style::query,
    .open = [](const Environment& environment,
               const std::string&) { return open_ldap(environment, "ldapdn"); },
    .quote = quote_ldap,
    .doc = "The DN of one entry.",
}};

}
}
