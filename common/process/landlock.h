// Landlock by raw system calls, with the best version that the kernel has: which files a process can reach,
// to which TCP ports it may connect, and that signals and abstract sockets end at the process's own domain.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/base/owned_fd.h"
#include "common/base/result.h"

namespace gp::process {

enum PathAccess : std::uint32_t {
    path_read = 1,
    path_write = 2,   // and create, rename, remove, truncate below it
    path_execute = 4, // and read
};

struct PathRule {
    std::string path; // a directory with all below it, or one file
    std::uint32_t access = path_read;
};

// Places are opened before chroot, where their names still mean something, and the domain is entered after
// it.
class FileFence {
public:
    // What does not exist is left out and told by missing().
    static Result<FileFence> prepare(const std::vector<PathRule>& rules);
    const std::vector<std::string>& missing() const { return missing_; }

private:
    friend struct LandlockAccess;
    struct Place {
        OwnedFd fd;
        std::uint32_t access;
        bool is_directory;
    };
    std::vector<Place> places_;
    std::vector<std::string> missing_;
};

struct PortFence {
    bool connect_anywhere = false;
    std::vector<std::uint16_t> connect;
    bool bind_anywhere = false;
    std::vector<std::uint16_t> bind; // 0: a port of the kernel's choice
};

struct LandlockResult {
    int abi = 0; // used; 0: the kernel has none
    bool files = false;
    bool ports = false;  // from version 4
    bool scopes = false; // from version 6
};

int landlock_abi(); // of this kernel; 0: none

// Enters the domain, for good. Needs no_new_privs. A kernel without Landlock is not an error: the result
// says which walls stand. `at_most` lowers the version, for tests.
Result<LandlockResult> restrict_reach(const FileFence& files, const PortFence& ports, int at_most = 1000);

}
