#include "router/password_checks.h"

#include "common/lookup/ldap_lookup.h"

namespace gp::router {

Result<bool> PasswordChecks::check(std::string_view method, const std::vector<std::string>& arguments)
{
    if (method == "ldapauth" && !arguments.empty())
        return lookup::ldap_login(lookups_.environment(), arguments.front());
    return misconfigured("support for \"" + std::string(method) + "\" not compiled");
}

}
