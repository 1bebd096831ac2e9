// The spool's system calls, all of them: plain blocking calls on plain descriptors.
//
// Everything in this room that touches the disk goes through one Io, so that a test can fail the
// N-th call with EIO, ENOSPC, EINTR or a short write, or record what reached the disk in which
// order (the power-cut simulator). Interrupted calls are made again, except a sync: what an
// interrupted sync has done nobody knows, so it counts as failed.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/owned_fd.h"
#include "common/base/result.h"

namespace gp::spool {

enum class Call : std::uint8_t {
    open,
    make_directory,
    read,
    write,
    sync,           // of a file
    sync_directory,
    rename,
    remove,
    list,
    size,
    space,
    lock,
};

// One call as a hook sees it. For calls by name `fd` is the directory.
struct CallInfo {
    Call call{};
    int fd = -1;
    std::string_view name{};
    std::string_view to{};           // rename
    std::uint64_t offset = 0;        // read, write
    std::span<const iovec> pieces{}; // write
};

class IoHook {
public:
    virtual ~IoHook() = default;
    // The errno with which the call is to fail instead of being made, or 0. A write may be cut short
    // by lowering `most`, the number of octets that it transfers.
    virtual int before(const CallInfo& call, std::size_t& most) = 0;
    // What came of a call that was made: its result, or -1.
    virtual void after(const CallInfo& call, long result) = 0;
};

struct DiskSpace {
    std::uint64_t free_octets = 0;
    std::uint64_t free_inodes = 0;
    bool counts_inodes = true; // some file systems have no fixed number of them
};

class Io {
public:
    Io() = default;
    explicit Io(IoHook* hook) : hook_(hook) {}

    // New files and directories are given to this owner: for a tool that root runs.
    void give_to(uid_t user, gid_t group) { owner_ = {user, group}; }

    Result<OwnedFd> open(int directory, const std::string& name, int flags, unsigned mode = 0600) const;
    // Opens a directory, and makes it (synced) first when `create`.
    Result<OwnedFd> open_directory(int parent, const std::string& name, bool create) const;

    // Fills `into` as far as the file goes; less only at its end.
    Result<std::size_t> read(int fd, std::uint64_t offset, std::span<char> into) const;
    // The same when it costs no wait for the disk; nothing when it would.
    std::optional<std::size_t> read_cached(int fd, std::uint64_t offset, std::span<char> into) const;
    // All pieces or an error. One pwritev for each IOV_MAX of them.
    Status write(int fd, std::uint64_t offset, std::vector<iovec> pieces) const;
    Status write(int fd, std::uint64_t offset, std::string_view octets) const;
    Status sync(int fd) const;     // fdatasync: contents, and the length when it changed
    Status sync_all(int fd) const; // fsync: for new files
    Status sync_directory(int fd) const;
    Status rename(int directory, const std::string& from, const std::string& to) const;
    Status remove(int directory, const std::string& name) const;
    Result<std::vector<std::string>> list(int directory) const; // without . and ..
    Result<std::uint64_t> size(int fd) const;
    Result<DiskSpace> space(int fd) const;
    Result<bool> lock(int fd, bool exclusive) const; // false when somebody else holds it

    // "Start writing this out": a hint that costs nothing to lose. No promise rests on it.
    static void hint_write_back(int fd, std::uint64_t offset, std::uint64_t size);

private:
    // 0, or the errno that the hook asks for.
    int ask(const CallInfo& call) const;
    void tell(const CallInfo& call, long result) const;
    Status sync_by(int fd, bool data_only) const;

    IoHook* hook_ = nullptr;
    std::optional<std::pair<uid_t, gid_t>> owner_;
};

}
