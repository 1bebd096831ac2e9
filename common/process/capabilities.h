// Capabilities, given up for good. A process with a non-zero uid that holds CAP_SETUID keeps its
// capabilities over setresuid(): whoever becomes a user must drop them by name and look again.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/result.h"

namespace gp::process {

using CapabilitySet = std::uint64_t; // bit n is capability n of linux/capability.h

constexpr CapabilitySet capability(int number)
{
    return CapabilitySet{1} << number;
}

CapabilitySet jail_capabilities();   // SYS_CHROOT, SETPCAP: to raise the last walls as another user already
CapabilitySet set_id_capabilities(); // SETUID, SETGID, KILL: what the launcher keeps
CapabilitySet master_capabilities(); // SECURITY.md section 4.1, first row

struct Capabilities {
    CapabilitySet effective = 0, permitted = 0, inheritable = 0, bounding = 0, ambient = 0;
};
Result<Capabilities> current_capabilities();

// The bounding set, which no later exec exceeds. Needs CAP_SETPCAP; without it, and without any
// capability held, there is nothing to lose and this is no error.
Status limit_bounding_set(CapabilitySet kept);

// Locks the securebits so that uid 0 means nothing any more and ambient capabilities cannot be raised.
// Needs CAP_SETPCAP.
Status lock_securebits();

// Effective and permitted become exactly `kept` (which must be permitted now), inheritable and ambient
// become empty; read back and compared.
Status reduce_capabilities(CapabilitySet kept);

// Keeps permitted capabilities over the next change from uid 0 to another; the effective ones are gone
// after it and come back with reduce_capabilities().
Status keep_over_uid_change();

}
