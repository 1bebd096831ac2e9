#include "common/log/logd/log_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace gp::logd {

Result<std::string> log_file_name(std::string_view pattern, std::string_view word, const std::tm& day)
{
    std::string out;
    bool named = false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] != '%' || i + 1 == pattern.size()) {
            out.push_back(pattern[i]);
            continue;
        }
        char date[16];
        switch (pattern[++i]) {
        case 's':
            out += word;
            named = true;
            break;
        case 'D':
            out.append(date, std::strftime(date, sizeof date, "%Y%m%d", &day));
            break;
        case 'M':
            out.append(date, std::strftime(date, sizeof date, "%Y%m", &day));
            break;
        case '%':
            out.push_back('%');
            break;
        default:
            return misconfigured("log_file_path has %" + std::string(1, pattern[i]) + ", which is not %s, %D or %M");
        }
    }
    if (!named)
        return misconfigured("log_file_path \"" + std::string(pattern) + "\" does not contain %s");
    return out;
}

LogFile::LogFile(std::string pattern, std::string word, unsigned mode, std::size_t pending_limit)
    : pattern_(std::move(pattern)), word_(std::move(word)), mode_(mode), pending_limit_(pending_limit)
{
}

bool LogFile::add(std::string_view line)
{
    if (pending_.size() + line.size() > pending_limit_) {
        ++lost_;
        return false;
    }
    if (lost_) {
        pending_ += "... " + std::to_string(lost_) + " lines were lost here, because the file could not be written\n";
        lost_ = 0;
    }
    pending_ += line;
    return true;
}

// Somebody else may have written to it, or cut it short (logrotate's copytruncate).
Status LogFile::prepare(const std::tm& now, std::int64_t seconds)
{
    TRY(reopen(now, seconds));
    struct stat there {};
    if (::fstat(file_.get(), &there) != 0)
        return system_error("look at log file " + path_);
    octets_ = static_cast<std::uint64_t>(there.st_size);
    return {};
}

Status LogFile::complete(std::uint64_t inode, std::uint64_t offset, std::string_view text, const std::tm& now, std::int64_t seconds)
{
    TRY(reopen(now, seconds));
    const bool is_short = octets_ >= offset && octets_ < offset + text.size();
    if (inode != inode_ || !is_short || !has(offset, text.substr(0, octets_ - offset)))
        return {};
    pending_.insert(0, text.substr(octets_ - offset));
    return flush(now, seconds);
}

// Somebody else's line may stand there: to be cut short by copytruncate and grown again looks like a torn write.
bool LogFile::has(std::uint64_t offset, std::string_view text) const
{
    const OwnedFd fd{::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    std::string there(text.size(), '\0');
    const auto got = fd ? ::pread(fd.get(), there.data(), there.size(), static_cast<off_t>(offset)) : -1;
    return got == static_cast<ssize_t>(text.size()) && there == text;
}

// A renamed file (exicyclog, logrotate) is noticed within a second, and a new date at once.
Status LogFile::reopen(const std::tm& now, std::int64_t seconds)
{
    if (file_ && checked_ == seconds)
        return {};
    const auto path = TRY(log_file_name(pattern_, word_, now));
    struct stat there {};
    const bool same = file_ && path == path_ && ::stat(path.c_str(), &there) == 0 && there.st_dev == device_ &&
                      there.st_ino == inode_;
    checked_ = seconds;
    if (same)
        return {};
    OwnedFd fd{::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, mode_)};
    if (!fd)
        return system_error("open log file " + path);
    if (::fstat(fd.get(), &there) != 0 || !S_ISREG(there.st_mode))
        return temporary("log file " + path + " is not a regular file");
    file_ = std::move(fd);
    path_ = path;
    device_ = there.st_dev;
    inode_ = there.st_ino;
    octets_ = static_cast<std::uint64_t>(there.st_size);
    begun_ = there.st_size == 0 ? seconds : std::min<std::int64_t>(seconds, there.st_mtim.tv_sec);
    return {};
}

void LogFile::set_aside_old(std::int64_t seconds)
{
    const bool is_large = most_octets_ > 0 && octets_ >= most_octets_ / 2;
    const bool is_old = longest_ > 0 && octets_ > 0 && seconds - begun_ >= longest_ / 2;
    if (!file_ || (!is_large && !is_old))
        return;
    ::rename(path_.c_str(), (path_ + ".old").c_str()); // where it cannot be renamed it goes on growing, and is told by nobody
    file_ = {};
}

Status LogFile::flush(const std::tm& now, std::int64_t seconds)
{
    if (pending_.empty())
        return {};
    set_aside_old(seconds);
    TRY(reopen(now, seconds));
    std::string_view rest = pending_;
    while (!rest.empty()) {
        const auto written = ::write(file_.get(), rest.data(), rest.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0) {
            auto error = system_error("write to log file " + path_);
            pending_.erase(0, pending_.size() - rest.size());
            return error;
        }
        rest.remove_prefix(static_cast<std::size_t>(written));
        octets_ += static_cast<std::uint64_t>(written);
    }
    pending_.clear();
    if (pending_.capacity() > 1024 * 1024)
        pending_.shrink_to_fit();
    return {};
}

}
