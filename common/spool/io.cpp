#include "common/spool/io.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace gp::spool {
namespace {

// Drops `count` octets from the front of the pieces that begin at `first`.
void advance(std::vector<iovec>& pieces, std::size_t& first, std::size_t count)
{
    while (first < pieces.size() && count >= pieces[first].iov_len)
        count -= pieces[first++].iov_len;
    if (count == 0)
        return;
    pieces[first].iov_base = static_cast<char*>(pieces[first].iov_base) + count;
    pieces[first].iov_len -= count;
}

// The pieces that one call transfers when no more than `most` octets may go.
std::vector<iovec> shortened(std::span<const iovec> pieces, std::size_t most)
{
    std::vector<iovec> out;
    for (const auto& piece : pieces) {
        if (most == 0)
            break;
        out.push_back({piece.iov_base, std::min(piece.iov_len, most)});
        most -= out.back().iov_len;
    }
    return out;
}

std::size_t total(std::span<const iovec> pieces)
{
    std::size_t sum = 0;
    for (const auto& piece : pieces)
        sum += piece.iov_len;
    return sum;
}

}

int Io::ask(const CallInfo& call) const
{
    std::size_t most = 0;
    return hook_ ? hook_->before(call, most) : 0;
}

void Io::tell(const CallInfo& call, long result) const
{
    if (hook_)
        hook_->after(call, result);
}

Result<OwnedFd> Io::open(int directory, const std::string& name, int flags, unsigned mode) const
{
    const CallInfo call{.call = Call::open, .fd = directory, .name = name};
    for (;;) {
        int error = ask(call);
        if (error == 0) {
            OwnedFd fd{::openat(directory, name.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, mode)};
            error = fd ? 0 : errno;
            tell(call, fd.get());
            if (fd) {
                if ((flags & O_CREAT) && owner_ && ::fchown(fd.get(), owner_->first, owner_->second) != 0)
                    return system_error("chown " + name);
                return fd;
            }
        }
        if (error != EINTR)
            return system_error("open " + name, error);
    }
}

Result<OwnedFd> Io::open_directory(int parent, const std::string& name, bool create) const
{
    auto found = open(parent, name, O_RDONLY | O_DIRECTORY);
    if (found || !create || found.error().cause != Cause::not_found)
        return found;
    const CallInfo call{.call = Call::make_directory, .fd = parent, .name = name};
    int error = ask(call);
    if (error == 0) {
        const int result = ::mkdirat(parent, name.c_str(), 0700);
        error = result == 0 ? 0 : errno;
        tell(call, result);
    }
    if (error != 0 && error != EEXIST)
        return system_error("mkdir " + name, error);
    auto made = TRY(open(parent, name, O_RDONLY | O_DIRECTORY));
    if (owner_ && ::fchown(made.get(), owner_->first, owner_->second) != 0)
        return system_error("chown " + name);
    TRY(sync_directory(parent));
    return made;
}

Result<std::size_t> Io::read(int fd, std::uint64_t offset, std::span<char> into) const
{
    std::size_t done = 0;
    while (done < into.size()) {
        const CallInfo call{.call = Call::read, .fd = fd, .offset = offset + done};
        ssize_t got = -1;
        int error = ask(call);
        if (error == 0) {
            got = ::pread(fd, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
            error = got < 0 ? errno : 0;
            tell(call, got);
        }
        if (error == EINTR)
            continue;
        if (error != 0)
            return system_error("read", error);
        if (got == 0)
            break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

std::optional<std::size_t> Io::read_cached(int fd, std::uint64_t offset, std::span<char> into) const
{
    const CallInfo call{.call = Call::read, .fd = fd, .offset = offset};
    if (ask(call) != 0)
        return std::nullopt;
    const iovec piece{into.data(), into.size()};
    const auto got = ::preadv2(fd, &piece, 1, static_cast<off_t>(offset), RWF_NOWAIT);
    tell(call, got);
    if (got < 0 || static_cast<std::size_t>(got) < into.size())
        return std::nullopt;
    return static_cast<std::size_t>(got);
}

Status Io::write(int fd, std::uint64_t offset, std::vector<iovec> pieces) const
{
    std::size_t first = 0;
    while (first < pieces.size()) {
        const std::span<const iovec> now{pieces.data() + first,
                                         std::min<std::size_t>(pieces.size() - first, IOV_MAX)};
        const CallInfo call{.call = Call::write, .fd = fd, .offset = offset, .pieces = now};
        const auto all = total(now);
        std::size_t most = all;
        ssize_t put = -1;
        int error = hook_ ? hook_->before(call, most) : 0;
        if (error == 0) {
            const auto cut = most < all ? shortened(now, most) : std::vector<iovec>{};
            const auto& what = most < all ? std::span<const iovec>(cut) : now;
            put = ::pwritev(fd, what.data(), static_cast<int>(what.size()), static_cast<off_t>(offset));
            error = put < 0 ? errno : 0;
            tell({.call = Call::write, .fd = fd, .offset = offset, .pieces = what}, put);
        }
        if (error == EINTR)
            continue;
        if (error == 0 && put == 0 && all > 0)
            error = EIO; // a disk that takes nothing and names no reason
        if (error != 0)
            return system_error("write", error);
        offset += static_cast<std::uint64_t>(put);
        advance(pieces, first, static_cast<std::size_t>(put));
    }
    return {};
}

Status Io::write(int fd, std::uint64_t offset, std::string_view octets) const
{
    if (octets.empty())
        return {};
    return write(fd, offset, {iovec{const_cast<char*>(octets.data()), octets.size()}});
}

Status Io::sync_by(int fd, bool data_only) const
{
    const CallInfo call{.call = Call::sync, .fd = fd};
    int error = ask(call);
    if (error == 0) {
        const int result = data_only ? ::fdatasync(fd) : ::fsync(fd);
        error = result == 0 ? 0 : errno;
        tell(call, result);
    }
    if (error != 0)
        return system_error("sync", error);
    return {};
}

Status Io::sync(int fd) const
{
    return sync_by(fd, true);
}

Status Io::sync_all(int fd) const
{
    return sync_by(fd, false);
}

Status Io::sync_directory(int fd) const
{
    const CallInfo call{.call = Call::sync_directory, .fd = fd};
    int error = ask(call);
    if (error == 0) {
        const int result = ::fsync(fd);
        error = result == 0 ? 0 : errno;
        tell(call, result);
    }
    if (error != 0)
        return system_error("sync directory", error);
    return {};
}

Status Io::rename(int directory, const std::string& from, const std::string& to) const
{
    const CallInfo call{.call = Call::rename, .fd = directory, .name = from, .to = to};
    int error = ask(call);
    if (error == 0) {
        const int result = ::renameat(directory, from.c_str(), directory, to.c_str());
        error = result == 0 ? 0 : errno;
        tell(call, result);
    }
    if (error != 0)
        return system_error("rename " + from, error);
    return {};
}

Status Io::remove(int directory, const std::string& name) const
{
    const CallInfo call{.call = Call::remove, .fd = directory, .name = name};
    int error = ask(call);
    if (error == 0) {
        const int result = ::unlinkat(directory, name.c_str(), 0);
        error = result == 0 ? 0 : errno;
        tell(call, result);
    }
    if (error != 0)
        return system_error("remove " + name, error);
    return {};
}

Result<std::vector<std::string>> Io::list(int directory) const
{
    const CallInfo call{.call = Call::list, .fd = directory};
    if (const int error = ask(call); error != 0)
        return system_error("list directory", error);
    // A descriptor of its own, for its position moves.
    const int own = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (own < 0)
        return system_error("list directory");
    const std::unique_ptr<DIR, int (*)(DIR*)> stream{::fdopendir(own), ::closedir};
    if (!stream) {
        const auto error = system_error("list directory");
        ::close(own);
        return error;
    }
    std::vector<std::string> names;
    errno = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
        const std::string_view name{entry->d_name};
        if (name != "." && name != "..")
            names.emplace_back(name);
    }
    if (errno != 0)
        return system_error("list directory");
    tell(call, 0);
    std::ranges::sort(names);
    return names;
}

Result<std::uint64_t> Io::size(int fd) const
{
    const CallInfo call{.call = Call::size, .fd = fd};
    struct stat status {};
    int error = ask(call);
    if (error == 0) {
        const int result = ::fstat(fd, &status);
        error = result == 0 ? 0 : errno;
        tell(call, result);
    }
    if (error != 0)
        return system_error("stat", error);
    return static_cast<std::uint64_t>(status.st_size);
}

Result<DiskSpace> Io::space(int fd) const
{
    const CallInfo call{.call = Call::space, .fd = fd};
    struct statvfs status {};
    int error = ask(call);
    if (error == 0) {
        const int result = ::fstatvfs(fd, &status);
        error = result == 0 ? 0 : errno;
        tell(call, result);
    }
    if (error != 0)
        return system_error("statvfs", error);
    return DiskSpace{.free_octets = static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize,
                     .free_inodes = status.f_favail,
                     .counts_inodes = status.f_files > 0};
}

Result<bool> Io::lock(int fd, bool exclusive) const
{
    const CallInfo call{.call = Call::lock, .fd = fd};
    for (;;) {
        int error = ask(call);
        if (error == 0) {
            const int result = ::flock(fd, (exclusive ? LOCK_EX : LOCK_SH) | LOCK_NB);
            error = result == 0 ? 0 : errno;
            tell(call, result);
        }
        if (error == 0)
            return true;
        if (error == EWOULDBLOCK)
            return false;
        if (error != EINTR)
            return system_error("lock", error);
    }
}

void Io::hint_write_back(int fd, std::uint64_t offset, std::uint64_t size)
{
    ::sync_file_range(fd, static_cast<off64_t>(offset), static_cast<off64_t>(size), SYNC_FILE_RANGE_WRITE);
}

}
