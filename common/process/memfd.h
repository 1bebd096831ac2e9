// Memory files and socket pairs: how master and its children hand things over without a path.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "common/base/owned_fd.h"
#include "common/base/result.h"

namespace gp::process {

// Empty, writable, close-on-exec, never executable where the kernel can say so.
Result<OwnedFd> make_memfd(const char* name);

// With the given content, sealed: nobody can change, grow or shrink it any more.
Result<OwnedFd> sealed_memfd(const char* name, std::string_view content);
Status seal(int fd);
// Refuses a descriptor that could still change under the reader's hands.
Status expect_sealed(int fd);

// All of a file from its start, without moving its offset; an error when it has more than `most` octets.
Result<std::string> read_all(int fd, std::size_t most);

// A memory file's octets, mapped for reading as long as this object lives.
class MappedFile {
public:
    MappedFile() = default;
    MappedFile(MappedFile&& other) noexcept;
    MappedFile& operator=(MappedFile&& other) noexcept;
    ~MappedFile();
    static Result<MappedFile> open(int fd, std::size_t most);
    std::string_view octets() const { return {data_, size_}; }

private:
    const char* data_ = nullptr;
    std::size_t size_ = 0;
};

// Both ends close-on-exec. `kind`: SOCK_STREAM or SOCK_SEQPACKET, with SOCK_NONBLOCK if wanted.
Result<std::pair<OwnedFd, OwnedFd>> socket_pair(int kind);

// One datagram, with at most one descriptor. The receiver's descriptor is close-on-exec.
struct Datagram {
    std::size_t size = 0; // 0: the other end is closed
    bool truncated = false;
    OwnedFd fd;
};
Status send_datagram(int socket, std::string_view octets, int fd = -1);
Result<Datagram> receive_datagram(int socket, char* into, std::size_t room);

}
