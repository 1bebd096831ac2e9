// The walls around one process, in the order in which they can be raised: limits, groups and uid, places
// opened with that user's rights, chroot, capabilities, no_new_privs, Landlock, seccomp.
//
// service/boot.cpp enters a jail for every service; the launcher builds smaller ones for its children from
// the same primitives (identity.h, capabilities.h, landlock.h, calls.h). What this kernel or this user
// cannot raise is told in the report and never passed over in silence.
#pragma once

#include <sys/resource.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"
#include "common/process/calls.h"
#include "common/process/identity.h"
#include "common/process/landlock.h"

namespace gp::process {

struct JailLimits {
    std::uint64_t memory_mib = 0; // RLIMIT_AS; 0: as inherited
    std::uint64_t files = 0;      // RLIMIT_NOFILE; 0: as inherited
    std::uint64_t file_size = RLIM_INFINITY;
    std::uint64_t cpu_seconds = RLIM_INFINITY;
};

struct JailPlan {
    std::string root;             // chroot here, then "/"; empty: none
    std::optional<Identity> user; // become this one; absent: stay who we are (an ordinary user's instance)
    bool keep_set_ids = false;    // CAP_SETUID, CAP_SETGID and CAP_KILL stay: launcher only
    JailLimits limits;
    std::vector<PathRule> paths; // what Landlock lets it reach; empty: no file at all
    PortFence ports;             // empty: no TCP connection, no bind
    CallRules calls;
    bool dumpable = false; // may be traced by its own uid: debugging only
    // Runs as the new user, before the root changes and the other walls rise: for opening directories whose
    // descriptors stay. (Root without CAP_DAC_OVERRIDE, as master starts us, cannot open another user's.)
    std::function<Status()> as_user;
    int landlock_at_most = 1000; // tests of older kernels
};

enum Wall : std::uint32_t {
    wall_root = 1 << 0,         // an empty root directory
    wall_user = 1 << 1,         // a uid of its own
    wall_capabilities = 1 << 2, // none but those that the plan keeps
    wall_no_new_privs = 1 << 3,
    wall_limits = 1 << 4,     // resource limits
    wall_files = 1 << 5,      // Landlock: files
    wall_ports = 1 << 6,      // Landlock: TCP ports
    wall_scopes = 1 << 7,     // Landlock: signals, abstract sockets
    wall_calls = 1 << 8,      // seccomp
    wall_not_traced = 1 << 9, // not dumpable
};
inline constexpr std::uint32_t all_walls = (1 << 10) - 1;

struct JailReport {
    std::uint32_t standing = 0;     // Wall
    std::uint32_t missing = 0;      // asked for by the plan, but not possible here
    std::uint32_t unasked = 0;      // the plan does without (no chroot, no own user)
    int landlock = 0;               // version used
    unsigned calls = 0;             // system calls allowed
    std::vector<std::string> notes;  // a line for each missing wall
    std::vector<std::string> absent; // paths that were to be in reach and cannot be opened
};

// Raises all walls of the plan for this process, for good. An error leaves the process half jailed: it must
// end. A wall that kernel or user cannot raise is no error here but stands in `missing`; the caller decides
// (require_sandbox).
Result<JailReport> enter_jail(const JailPlan& plan);

std::string wall_names(std::uint32_t walls); // "root user capabilities ..."

// The primitives that have no file of their own.
Status change_root(const std::string& directory);
Status forbid_new_privileges();
Status set_limit(int resource, std::uint64_t value); // soft and hard, never raising the hard one

}
