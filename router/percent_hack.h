// percent_hack_domains: user%other@here is a way to say user@other, for the domains of that list (manual 14.23,
// percent_hack_domains). It is done before an ACL or a router looks at an address, and never for a domain that is not
// in the list: such mail is relayed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"
#include "common/expand/scene.h"
#include "router/ground.h"

namespace gp::router {

// What ACLs and routers say when the list itself could not be looked through.
inline constexpr std::string_view percent_hack_deferred = "defer in percent_hack_domains check";

// The address that `address` (local part and domain) stands for; nullopt: it stands for itself. The last % becomes the
// @, and again while the new domain is in the list as well. An error is temporary: a look-up in the list must wait.
Result<std::optional<std::string>> without_percent(const Ground& ground, expand::Scene& scene, std::string_view address);

// What an ACL about a recipient is asked about: `address` with a domain, and without its percent.
Result<std::string> address_meant(const Ground& ground, expand::Scene& scene, std::string address);

}
