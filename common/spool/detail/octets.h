// Numbers in the spool's files: little-endian, whatever the machine; varints as in protobuf.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace gp::spool {

inline void put_u32(char* at, std::uint32_t n)
{
    for (int i = 0; i < 4; ++i)
        at[i] = static_cast<char>((n >> (8 * i)) & 0xff);
}

inline void put_u64(char* at, std::uint64_t n)
{
    for (int i = 0; i < 8; ++i)
        at[i] = static_cast<char>((n >> (8 * i)) & 0xff);
}

inline std::uint32_t get_u32(const char* at)
{
    std::uint32_t n = 0;
    for (int i = 0; i < 4; ++i)
        n |= static_cast<std::uint32_t>(static_cast<unsigned char>(at[i])) << (8 * i);
    return n;
}

inline std::uint64_t get_u64(const char* at)
{
    return get_u32(at) | static_cast<std::uint64_t>(get_u32(at + 4)) << 32;
}

inline void append_u32(std::string& out, std::uint32_t n)
{
    char octets[4];
    put_u32(octets, n);
    out.append(octets, sizeof octets);
}

inline void append_varint(std::string& out, std::uint64_t n)
{
    while (n >= 0x80) {
        out.push_back(static_cast<char>((n & 0x7f) | 0x80));
        n >>= 7;
    }
    out.push_back(static_cast<char>(n));
}

// Takes a varint off the front; nothing when there is none or it is longer than a number can be.
inline std::optional<std::uint64_t> take_varint(std::string_view& in)
{
    std::uint64_t n = 0;
    for (unsigned i = 0; i < 10 && i < in.size(); ++i) {
        const auto octet = static_cast<unsigned char>(in[i]);
        if (i == 9 && octet > 1)
            return std::nullopt;
        n |= static_cast<std::uint64_t>(octet & 0x7f) << (7 * i);
        if (octet < 0x80) {
            in.remove_prefix(i + 1);
            return n;
        }
    }
    return std::nullopt;
}

// A section of known length off the front: u32 length, octets.
inline std::optional<std::string_view> take_section(std::string_view& in)
{
    if (in.size() < 4)
        return std::nullopt;
    const auto size = get_u32(in.data());
    if (size > in.size() - 4)
        return std::nullopt;
    const auto section = in.substr(4, size);
    in.remove_prefix(4 + static_cast<std::size_t>(size));
    return section;
}

constexpr std::uint64_t round_up(std::uint64_t n, std::uint64_t unit)
{
    return (n + unit - 1) / unit * unit;
}

}
