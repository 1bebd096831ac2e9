// What the condition atrn_domains (RFC 2645) leaves of itself when the statement holds that it stands in.
#pragma once

#include <string_view>

namespace gp::acl {

// Among the session's switches: behind this word the domains in lower case, with commas between them.
inline constexpr std::string_view atrn_domains_are = "atrn_domains=";

}
