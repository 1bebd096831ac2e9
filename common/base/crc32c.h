// CRC-32C (Castagnoli), by the processor's instruction where it has one.
#pragma once

#include <cstdint>
#include <string_view>

namespace gp {

// Continues from `crc` (0 to start). Plain CRC-32C as in RFC 3720 appendix B.4.
std::uint32_t crc32c(std::uint32_t crc, const void* data, std::size_t size);
inline std::uint32_t crc32c(std::string_view data)
{
    return crc32c(0, data.data(), data.size());
}

}
