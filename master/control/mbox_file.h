// An mbox file in hand, as programs that read and write such files share them: locked by a lock file and by fcntl.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/owned_fd.h"
#include "common/base/result.h"

namespace gp::control {

class MboxFile {
public:
    // Waits a while for the locks. `makes`: a file that is not there is made.
    static Result<MboxFile> open(const std::string& path, bool makes);
    MboxFile(MboxFile&& other) noexcept
        : path_(std::move(other.path_)), fd_(std::move(other.fd_)), locked_(std::exchange(other.locked_, false))
    {
    }
    MboxFile& operator=(MboxFile&&) = delete;
    ~MboxFile();

    // Each message: its "From " line without line end, and its text with the quoting of mboxrd taken off.
    Status each(const std::function<Status(std::string_view from_line, const std::string& text)>& visit) const;
    // All of it or nothing; on the disk after sync().
    Status append(std::string_view from_line, std::string_view text);
    Status sync();

private:
    MboxFile(std::string path, OwnedFd fd) : path_(std::move(path)), fd_(std::move(fd)), locked_(true) {}
    std::string path_;
    OwnedFd fd_;
    bool locked_ = false;
};

}
