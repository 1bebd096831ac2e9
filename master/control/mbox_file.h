// An mbox file in hand, as programs that read and write such files share them: locked by a lock file and by fcntl.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/owned_fd.h"
#include "common/base/result.h"

namespace gp::control {

class MboxFile {
public:
    // Waits a while for the locks; a lock file that an ended run of ours has left is taken away. `makes`: a file that is
    // not there is made.
    static Result<MboxFile> open(const std::string& path, bool makes);
    MboxFile(MboxFile&& other) noexcept
        : path_(std::move(other.path_)), fd_(std::move(other.fd_)), lock_(std::move(other.lock_)),
          locked_(std::exchange(other.locked_, false)), touched_(other.touched_)
    {
    }
    MboxFile& operator=(MboxFile&&) = delete;
    ~MboxFile();

    // Each message: its "From " line without line end, and its text with the quoting of mboxrd taken off. Lines may end
    // with CRLF in the file, and end with LF in the text. A line that has no date after "From ", and what Content-Length
    // counts, is text.
    Status each(const std::function<Status(std::string_view from_line, const std::string& text)>& visit) const;
    // All of it or nothing; on the disk after sync().
    Status append(std::string_view from_line, std::string_view text);
    Status sync();

private:
    MboxFile(std::string path, OwnedFd fd, OwnedFd lock)
        : path_(std::move(path)), fd_(std::move(fd)), lock_(std::move(lock)), locked_(true)
    {
    }
    void keep_lock() const; // long work must not look like a lock that somebody has left
    std::string path_;
    OwnedFd fd_;
    OwnedFd lock_; // the lock file, held by flock: that of somebody who died is not
    bool locked_ = false;
    mutable std::chrono::steady_clock::time_point touched_ = std::chrono::steady_clock::now();
};

}
