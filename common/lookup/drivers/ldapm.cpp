// ldapm: several entries of an LDAP directory (manual 9.17).

#include "common/lookup/detail/ldap_quote.h"
#include "common/lookup/ldap_lookup.h"

namespace gp::lookup {
namespace {

const RegisterLookup self{{
    .name = "ldapm",
    .style = Style::query,
    .open = [](const Environment& environment,
               const std::string&) { return open_ldap(environment, "ldapm"); },
    .quote = quote_ldap,
    .doc = "Several entries of a directory.",
}};

}
}
