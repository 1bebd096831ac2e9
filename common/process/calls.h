// Which system calls a process may make, as groups: the third column of the privilege map. A process gets
// the base class and the groups of its row; every other call fails with EPERM, and a number that this
// build's libseccomp does not know with ENOSYS, so that a newer C library falls back.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace gp::process {

// Groups of system calls beyond the base class (memory, time, open descriptors, epoll, futex, exit).
enum Calls : std::uint32_t {
    calls_base = 0,
    calls_accept = 1 << 0,       // accept4, getpeername, setsockopt, shutdown
    calls_connect_inet = 1 << 1, // socket(AF_INET/6), connect, bind
    calls_connect_unix = 1 << 2, // socket(AF_UNIX), connect
    calls_open_read = 1 << 3,    // openat(2) for reading, stat, getdents
    calls_open_write = 1 << 4,   // create, rename, unlink, link, mkdir, ftruncate, fallocate, fchmod
    calls_sync = 1 << 5,         // fsync, fdatasync
    calls_threads = 1 << 6,      // clone for threads (offload pool)
    calls_fork = 1 << 7,         // clone for processes, wait, and what a child needs to jail itself further
    calls_set_ids = 1 << 8,      // setresuid and setresgid with arguments fenced, setgroups
    calls_exec = 1 << 9,         // execve, and what any program may need: filters are inherited
    calls_kill = 1 << 10,
    calls_memfd = 1 << 11,
    calls_lock = 1 << 12, // flock, fcntl locks
    calls_talk = 1 << 13, // on connections and memory files that are handed in: recv, send, shutdown, pread
    calls_peer = 1 << 14, // getsockopt: who is at the other end
};

// Who calls_set_ids may become. Uid and gid 0 are never among them.
struct IdFence {
    uid_t first_uid = 1000;       // this one and all above
    std::vector<uid_t> also_uids; // literal `user =` of transports below first_uid; at most 32
};

struct CallRules {
    std::uint32_t groups = calls_base;
    bool forbid_exec_memory = true; // no mapping becomes executable: what needs a JIT compiles before
    IdFence fence;                  // with calls_set_ids
};

// Loads the filter for this process and all its threads, for good. Needs no_new_privs. Returns how many
// system calls are allowed.
Result<unsigned> restrict_calls(const CallRules& rules);

// Names of what a filter for these groups lets pass, sorted: for `gatepost privileges` and the goals on
// their number.
std::vector<std::string> allowed_calls(std::uint32_t groups);

// "accept sync lock", for people.
std::string call_group_names(std::uint32_t groups);

}
