#include "common/config/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/base/owned_fd.h"

namespace gp::config {

namespace {

using Check = std::function<Status(const struct stat&)>;

Result<std::string> read_checked(const std::string& path, std::size_t most, const Check& check)
{
    // O_NONBLOCK: a FIFO or a device in the place of a file must not hold us up.
    OwnedFd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
    if (!file)
        return system_error(path);
    struct stat status{};
    if (::fstat(file.get(), &status) < 0)
        return system_error(path);
    if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode)) // /dev/null is an empty configuration
        return misconfigured(path + ": not a regular file");
    if (S_ISREG(status.st_mode) && check)
        if (const auto checked = check(status); !checked)
            return misconfigured(path + ": " + checked.error().text);
    std::string content;
    content.reserve(std::min(static_cast<std::size_t>(std::max<off_t>(status.st_size, 0)), most) + 1);
    char buffer[64 * 1024];
    for (;;) {
        const ssize_t got = ::read(file.get(), buffer, sizeof buffer);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return system_error(path);
        if (got == 0)
            return content;
        content.append(buffer, static_cast<std::size_t>(got));
        if (content.size() > most)
            return misconfigured(path + ": larger than the bound of " + std::to_string(most) + " octets",
                                 Cause::too_big);
    }
}

}

Result<std::string> read_file(const std::string& path, std::size_t most)
{
    return read_checked(path, most, {});
}

ReadFile trusted_files(unsigned owner)
{
    return [owner](const std::string& path, std::size_t most) {
        return read_checked(path, most, [owner](const struct stat& status) -> Status {
            if (status.st_uid != 0 && status.st_uid != owner)
                return misconfigured("belongs to uid " + std::to_string(status.st_uid) +
                                     ", and a configuration must belong to root");
            if ((status.st_mode & S_IWOTH) != 0 || ((status.st_mode & S_IWGRP) != 0 && status.st_gid != 0))
                return misconfigured("others may write to it, and a configuration must be safe from them");
            return {};
        });
    };
}

}
