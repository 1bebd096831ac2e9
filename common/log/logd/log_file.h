// One log file: opened by its pattern, reopened when it was renamed or its date changed, written with
// one write() for all lines of a turn. Lines that cannot be written are kept up to a bound.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/owned_fd.h"
#include "common/base/result.h"

namespace gp::logd {

// "/var/log/exim/%slog" and "main": "/var/log/exim/mainlog"; %D is yyyymmdd, %M yyyymm (manual 53.3);
// a pattern without %s gets the word as it is in Exim: "/var/log/mail-%D" is an error told here.
Result<std::string> log_file_name(std::string_view pattern, std::string_view word, const std::tm& day);

class LogFile {
public:
    LogFile(std::string pattern, std::string word, unsigned mode, std::size_t pending_limit);

    bool add(std::string_view line); // with its newline; false: there is no room to keep it
    // Opens it, so that inode() and size() are those of the next lines.
    Status prepare(const std::tm& now, std::int64_t seconds);
    // What was meant for it when its writer was killed: the part that is missing is appended, if it is the same file and
    // has the beginning of it there.
    Status complete(std::uint64_t inode, std::uint64_t offset, std::string_view text, const std::tm& now, std::int64_t seconds);
    // Writes what was added. An error is told once until writing works again.
    Status flush(const std::tm& now, std::int64_t seconds);
    bool has_pending() const { return !pending_.empty(); }
    const std::string& pending() const { return pending_; }
    std::uint64_t inode() const { return inode_; }
    std::uint64_t size() const { return octets_; }
    // Older lines go: a file that has half of these octets, or half of this age in seconds, becomes NAME.old in place
    // of the one before it.
    void keep_below(std::uint64_t octets, std::int64_t age) { most_octets_ = octets, longest_ = age; }

private:
    Status reopen(const std::tm& now, std::int64_t seconds);
    bool has(std::uint64_t offset, std::string_view text) const;
    void set_aside_old(std::int64_t seconds);

    std::string pattern_, word_;
    unsigned mode_;
    std::size_t pending_limit_;
    std::string path_;
    OwnedFd file_;
    std::uint64_t device_ = 0, inode_ = 0;
    std::int64_t checked_ = 0; // second at which the name was last compared with the open file
    std::string pending_;
    std::uint64_t lost_ = 0;
    std::uint64_t most_octets_ = 0, octets_ = 0; // 0: no bound
    std::int64_t longest_ = 0, begun_ = 0;
};

}
