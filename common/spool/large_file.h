// Bodies that are too large for the log: a file each, in one of 62 directories.
//
// The file has its final name from the start and is nothing by it: only a record in the log that names
// it, written after file and directory were synced, makes it part of a message. Without one it is an
// aborted reception, and goes at recovery. A file whose message is finished is removed without a sync,
// for one that comes back is such a file too.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/owned_fd.h"
#include "common/base/result.h"
#include "common/spool/io.h"
#include "common/spool/record.h"

namespace gp::spool {

// The directories; made when they are first needed. All but sync() is for the owner's thread.
class LargeFiles {
public:
    LargeFiles(const Io& io, OwnedFd root) : io_(io), root_(std::move(root)) {}

    Status open_existing();
    Result<OwnedFd> create(const Key& id);     // for writing; replaces an aborted one
    Result<OwnedFd> open(const Key& id) const;   // read-only
    Status remove(const Key& id) const;
    // Makes a file's contents and name durable. On any thread.
    Status sync(const Key& id, int fd) const;
    // All that are there, whatever their state.
    Result<std::vector<Key>> list() const;

private:
    static std::size_t slot(const Key& id);
    Result<int> directory(const Key& id) const;

    const Io& io_;
    OwnedFd root_;
    std::array<OwnedFd, 62> directories_;
};

// A body while it arrives. One call at a time; each may run on any thread.
class LargeWriter {
public:
    LargeWriter(const Io& io, const LargeFiles& files, Key id, OwnedFd fd)
        : io_(io), files_(files), id_(id), fd_(std::move(fd))
    {
    }

    Status write(std::string_view octets);
    // File and directory are durable: the record may be committed.
    Status finish();

    std::uint64_t size() const { return size_; }
    std::uint32_t crc() const { return crc_; }
    // No line so far begins with a dot.
    bool no_leading_dots() const { return !leading_dot_; }
    const Key& id() const { return id_; }

private:
    const Io& io_;
    const LargeFiles& files_;
    Key id_;
    OwnedFd fd_;
    std::uint64_t size_ = 0;
    std::uint64_t hinted_ = 0; // write-back was asked for up to here
    std::uint32_t crc_ = 0;
    bool leading_dot_ = false;
    bool at_line_start_ = true;
    bool failed_ = false;
};

// Does a line of it begin with a dot, or with a NUL, which smtp::DotWriter treats alike? `at_line_start` says whether the first octet begins one, and
// afterwards whether the next would.
bool has_leading_dot(std::string_view octets, bool& at_line_start);

}
