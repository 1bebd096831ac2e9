// Mailbox locks in Exim's order (manual 26.3): a lock file made by a hitching post, then fcntl, then flock
// on the open file.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/owned_fd.h"
#include "delivery/local/options.h"

namespace gp::local {

struct LockRules {
    std::string host; // in the name that a lock is made under
    bool use_lockfile = true, use_fcntl_lock = true, use_flock_lock = false;
    bool use_mbx_lock = false; // the mailbox is shared, and a file in /tmp is locked for us alone
    unsigned retries = 10;
    Duration interval{3000}, lockfile_timeout{1'800'000}, fcntl_timeout{0}, flock_timeout{0};
    std::uint32_t lockfile_mode = 0600;
    static Result<LockRules> read(const Options& options);
};

// PATH.lock, removed when it goes.
class LockFile {
public:
    static Result<LockFile> make(const std::string& mailbox, const LockRules& rules);
    LockFile(LockFile&& other) noexcept : path_(std::exchange(other.path_, {})), file_(std::move(other.file_)), left_(std::move(other.left_)) {}
    LockFile& operator=(LockFile&&) = delete;
    ~LockFile();
    // Open for writing: what is being done stands in it (append_note.h).
    [[nodiscard]] int file() const { return file_.get(); }
    // What stood in one of ours that was too old, which this one has taken the place of.
    [[nodiscard]] const std::string& left() const { return left_; }

private:
    LockFile(std::string path, OwnedFd file, std::string left) : path_(std::move(path)), file_(std::move(file)), left_(std::move(left)) {}
    std::string path_;
    OwnedFd file_;
    std::string left_;
};

// Where the files of MBX locks lie, which c-client locks too.
inline constexpr std::string_view mbx_lock_place = "/tmp";

// Tries without waiting, `retries` times in all, or waits when a timeout is set. What it gives must live as long as the
// lock is wanted: nothing, or the file of an MBX lock.
Result<OwnedFd> lock_open_file(int file, const std::string& name, const LockRules& rules);

}
