// Memory files and socket pairs: how master and its children hand things over without a path.
#pragma once

#include <cstdint>
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

// One datagram, with one descriptor, or two where the receiver expects them. Theirs are close-on-exec.
struct Datagram {
    std::size_t size = 0; // 0: the other end is closed
    bool truncated = false; // too long, or with more descriptors than are expected
    OwnedFd fd, second;
};
enum class Descriptors : std::uint8_t { one, two };
// Descriptors that are -1 are not sent; a second one only behind a first.
Status send_datagram(int socket, std::string_view octets, int fd = -1, int second = -1);
Result<Datagram> receive_datagram(int socket, char* into, std::size_t room, Descriptors expected = Descriptors::one);

}
