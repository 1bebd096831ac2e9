#include "common/base/octets.h"

#include <unistd.h>

#include <cerrno>

namespace gp {

Status write_all(int file, std::string_view octets, std::string_view what)
{
    while (!octets.empty()) {
        const auto written = ::write(file, octets.data(), octets.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return system_error("write to " + std::string(what));
        octets.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

bool read_exactly(int file, char* into, std::size_t size)
{
    while (size > 0) {
        const auto got = ::read(file, into, size);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        into += got;
        size -= static_cast<std::size_t>(got);
    }
    return true;
}

Result<std::size_t> read_at(int file, char* into, std::size_t size, std::uint64_t offset)
{
    std::size_t have = 0;
    while (have < size) {
        const auto got = ::pread(file, into + have, size - have, static_cast<off_t>(offset + have));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return system_error("read");
        if (got == 0)
            break;
        have += static_cast<std::size_t>(got);
    }
    return have;
}

}
