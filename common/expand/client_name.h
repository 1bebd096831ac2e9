// The client's name by a reverse look-up (manual 10.13, $sender_host_name), once for each client; one that has none is
// told in the main log (log_selector = host_lookup_failed).
#pragma once

#include "common/expand/scene.h"
#include "common/match/names.h"

namespace gp::expand {

// Of the scene's host, which must be a remote one. Asks the DNS unless that was done before.
match::Host::Lookup find_client_name(Scene& scene);

}
