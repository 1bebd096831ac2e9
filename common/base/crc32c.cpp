#include "common/base/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace gp {
namespace {

constexpr std::uint32_t polynomial = 0x82f63b78; // reflected

constexpr auto make_table()
{
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        std::uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit)
            value = (value >> 1) ^ ((value & 1) ? polynomial : 0);
        table[i] = value;
    }
    return table;
}

constexpr auto table = make_table();

std::uint32_t by_table(std::uint32_t crc, const unsigned char* at, std::size_t size)
{
    for (; size; --size)
        crc = (crc >> 8) ^ table[(crc ^ *at++) & 0xff];
    return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::uint32_t crc, const unsigned char* at,
                                                               std::size_t size)
{
    std::uint64_t wide = crc;
    for (; size >= 8; size -= 8, at += 8) {
        std::uint64_t word;
        std::memcpy(&word, at, sizeof word);
        wide = _mm_crc32_u64(wide, word);
    }
    crc = static_cast<std::uint32_t>(wide);
    for (; size; --size)
        crc = _mm_crc32_u8(crc, *at++);
    return crc;
}

const bool has_instruction = __builtin_cpu_supports("sse4.2");
#endif

}

std::uint32_t crc32c(std::uint32_t crc, const void* data, std::size_t size)
{
    const auto* at = static_cast<const unsigned char*>(data);
#if defined(__x86_64__)
    if (has_instruction)
        return ~by_instruction(~crc, at, size);
#endif
    return ~by_table(~crc, at, size);
}

}
