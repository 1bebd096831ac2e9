#include "common/expand/effects.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "common/lookup/file_check.h"

namespace gp::expand {
namespace {

Error reason()
{
    return file_error(errno);
}

FileStatus status_of(const struct stat& found)
{
    return {.mode = found.st_mode,
            .inode = found.st_ino,
            .device = found.st_dev,
            .links = found.st_nlink,
            .uid = found.st_uid,
            .gid = found.st_gid,
            .size = static_cast<std::uint64_t>(found.st_size),
            .accessed = found.st_atim.tv_sec,
            .modified = found.st_mtim.tv_sec,
            .changed = found.st_ctim.tv_sec};
}

}

Error file_error(int number)
{
    return temporary(std::strerror(number), number == ENOENT || number == ENOTDIR ? Cause::not_found
                                            : number == EACCES || number == EPERM ? Cause::refused
                                                                                  : Cause::other);
}

Result<std::string> Files::read(const std::string& path, std::size_t largest)
{
    return TRY(open(path, largest)).octets;
}

Result<FileStatus> OwnFiles::status(const std::string& path)
{
    struct stat found {};
    if (::stat(path.c_str(), &found) != 0)
        return reason();
    return status_of(found);
}

Result<FileContent> OwnFiles::open(const std::string& path, std::size_t largest)
{
    const OwnedFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd)
        return reason();
    struct stat found {};
    if (::fstat(fd.get(), &found) != 0)
        return reason();
    if (S_ISDIR(found.st_mode)) {
        errno = EISDIR;
        return reason();
    }
    auto octets = TRY(lookup::read_whole(fd.get(), path, static_cast<std::int64_t>(largest)));
    return FileContent{status_of(found), std::move(octets)};
}

Files::Room OwnFiles::room(const std::string& path)
{
    struct statvfs found {};
    if (::statvfs(path.c_str(), &found) != 0)
        return {};
    Room out;
    const auto block = found.f_frsize ? found.f_frsize : found.f_bsize;
    out.kilobytes = static_cast<std::int64_t>(static_cast<double>(found.f_bavail) * static_cast<double>(block) / 1024);
    out.inodes = found.f_files > 0 ? static_cast<std::int64_t>(found.f_favail) : -1;
    return out;
}

std::optional<std::string> OwnEnvironment::get(const std::string& name)
{
    const char* value = std::getenv(name.c_str());
    if (!value)
        return std::nullopt;
    return value;
}

}
