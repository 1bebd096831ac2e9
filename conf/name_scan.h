// Names that a configuration uses and does not define, as far as they stand literally: +lists, ACLs, networks of host
// lists. Exim finds them when mail comes, and defers it; gatepost check tells before.
#pragma once

#include "conf/params/configuration.h"

namespace gp::conf {

// Who is called: acl = name, ${acl{name}}.
void warn_of_acl(const Configuration& configuration, std::string_view name, const config::Origin& origin, std::string_view line,
                 config::Problems& problems);

// A list that stands in an expansion: match_domain {…}{text}.
void warn_of_list(const Configuration& configuration, config::ListKind kind, std::string_view text, const config::Origin& origin,
                  std::string_view line, config::Problems& problems);

void warn_of_unknown_names(const Configuration& configuration, config::Problems& problems);

}
