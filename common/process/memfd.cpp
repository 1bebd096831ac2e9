#include "common/process/memfd.h"

#include "common/base/octets.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

namespace gp::process {
namespace {

constexpr int all_seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

Result<std::size_t> size_of(int fd, std::size_t most)
{
    struct stat status {};
    if (::fstat(fd, &status) != 0)
        return system_error("fstat");
    const auto size = static_cast<std::size_t>(status.st_size);
    if (status.st_size < 0 || size > most)
        return permanent("a file of " + std::to_string(status.st_size) + " octets is too large",
                         Cause::too_big);
    return size;
}

}

Result<OwnedFd> make_memfd(const char* name)
{
    int fd = ::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    if (fd < 0 && errno == EINVAL) // before Linux 6.3
        fd = ::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0)
        return system_error("memfd_create");
    return OwnedFd{fd};
}

Result<OwnedFd> sealed_memfd(const char* name, std::string_view content)
{
    auto fd = TRY(make_memfd(name));
    TRY(write_all(fd.get(), content, "a memory file"));
    TRY(seal(fd.get()));
    return fd;
}

Status seal(int fd)
{
    if (::fcntl(fd, F_ADD_SEALS, all_seals) != 0)
        return system_error("sealing a memory file");
    return {};
}

Status expect_sealed(int fd)
{
    const int seals = ::fcntl(fd, F_GET_SEALS);
    if (seals < 0)
        return system_error("not a memory file");
    if ((seals & all_seals) != all_seals)
        return permanent("the memory file is not sealed");
    return {};
}

Result<std::string> read_all(int fd, std::size_t most)
{
    std::string text(TRY(size_of(fd, most)), '\0');
    text.resize(TRY(read_at(fd, text.data(), text.size(), 0)));
    return text;
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0))
{}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept
{
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
}

MappedFile::~MappedFile()
{
    if (data_)
        ::munmap(const_cast<char*>(data_), size_);
}

Result<MappedFile> MappedFile::open(int fd, std::size_t most)
{
    MappedFile file;
    const auto size = TRY(size_of(fd, most));
    if (size == 0)
        return file;
    void* at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (at == MAP_FAILED)
        return system_error("mmap");
    file.data_ = static_cast<const char*>(at);
    file.size_ = size;
    return file;
}

Result<std::pair<OwnedFd, OwnedFd>> socket_pair(int kind)
{
    int fds[2];
    if (::socketpair(AF_UNIX, kind | SOCK_CLOEXEC, 0, fds) != 0)
        return system_error("socketpair");
    return std::pair{OwnedFd{fds[0]}, OwnedFd{fds[1]}};
}

Status send_datagram(int socket, std::string_view octets, int fd, int second)
{
    iovec piece{const_cast<char*>(octets.data()), octets.size()};
    const int fds[] = {fd, second};
    const std::size_t size = sizeof fd * (second < 0 ? 1 : 2);
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof fds)] = {};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    if (fd >= 0) {
        message.msg_control = control;
        message.msg_controllen = CMSG_SPACE(size);
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(size);
        std::memcpy(CMSG_DATA(header), fds, size);
    }
    for (;;) {
        const auto sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return system_error("sendmsg");
        if (static_cast<std::size_t>(sent) != octets.size())
            return temporary("sendmsg: sent in part only");
        return {};
    }
}

Result<Datagram> receive_datagram(int socket, char* into, std::size_t room, Descriptors expected)
{
    iovec piece{into, room};
    // Room for more than is expected, so that a surplus is seen and closed and not left in the kernel.
    constexpr std::size_t most_fds = 4;
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * most_fds)] = {};
    msghdr message{};
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    ssize_t got = 0;
    do
        got = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return system_error("recvmsg");
    Datagram datagram;
    datagram.size = static_cast<std::size_t>(got);
    datagram.truncated = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (std::size_t i = 0; i < count; ++i) {
            int fd = -1;
            std::memcpy(&fd, CMSG_DATA(header) + i * sizeof fd, sizeof fd);
            OwnedFd owned{fd};
            if (!datagram.fd)
                datagram.fd = std::move(owned);
            else if (!datagram.second && expected == Descriptors::two)
                datagram.second = std::move(owned);
            else
                datagram.truncated = true; // nobody sends more
        }
    }
    return datagram;
}

}
