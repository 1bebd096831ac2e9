// The addresses of this machine's interfaces: what `self`, @[] and extra_local_interfaces are compared with.
// getifaddrs(3) asks the kernel by a socket, so a service collects them before it enters its jail.
#pragma once

#include <vector>

#include "common/base/result.h"
#include "common/net/address.h"

namespace gp::net {

// Without duplicates, sorted, loopback addresses included, scopes taken off.
Result<std::vector<Address>> own_addresses();

}
