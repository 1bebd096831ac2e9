#include "cleanup/spoold/blake2s.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace gp::spoold {
namespace {

using Words = std::array<std::uint32_t, 16>;

constexpr std::size_t block_octets = 64;

// RFC 7693 section 2.6
constexpr std::array<std::uint32_t, 8> iv = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                             0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

// clang-format off
// RFC 7693 section 2.7
constexpr unsigned char sigma[10][16] = {
    { 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15},
    {14, 10,  4,  8,  9, 15, 13,  6,  1, 12,  0,  2, 11,  7,  5,  3},
    {11,  8, 12,  0,  5,  2, 15, 13, 10, 14,  3,  6,  7,  1,  9,  4},
    { 7,  9,  3,  1, 13, 12, 11, 14,  2,  6,  5, 10,  4,  0, 15,  8},
    { 9,  0,  5,  7,  2,  4, 10, 15, 14,  1, 11, 12,  6,  8,  3, 13},
    { 2, 12,  6, 10,  0, 11,  8,  3,  4, 13,  7,  5, 15, 14,  1,  9},
    {12,  5,  1, 15, 14, 13,  4, 10,  0,  7,  6,  3,  9,  2,  8, 11},
    {13, 11,  7, 14, 12,  1,  3,  9,  5,  0, 15,  4,  8,  6,  2, 10},
    { 6, 15, 14,  9, 11,  3,  0,  8, 12,  2, 13,  7,  1,  4, 10,  5},
    {10,  2,  8,  4,  7,  6,  1,  5, 15, 11,  9, 14,  3, 12, 13,  0},
};
// clang-format on

// RFC 7693 section 3.1
void mix(Words& v, std::size_t a, std::size_t b, std::size_t c, std::size_t d, std::uint32_t x, std::uint32_t y)
{
    v[a] = v[a] + v[b] + x;
    v[d] = std::rotr(v[d] ^ v[a], 16);
    v[c] = v[c] + v[d];
    v[b] = std::rotr(v[b] ^ v[c], 12);
    v[a] = v[a] + v[b] + y;
    v[d] = std::rotr(v[d] ^ v[a], 8);
    v[c] = v[c] + v[d];
    v[b] = std::rotr(v[b] ^ v[c], 7);
}

class Hash {
public:
    explicit Hash(std::size_t key_octets)
    {
        h_ = iv;
        // The parameter block: depth 1, fan-out 1, lengths of key and digest (section 2.5).
        h_[0] ^= 0x01010000u ^ static_cast<std::uint32_t>(key_octets << 8) ^ 32u;
    }

    // One block, the last one filled up with zeros; `octets` of all blocks so far are counted.
    void block(std::string_view octets, std::size_t counted, bool last)
    {
        std::array<unsigned char, block_octets> padded{};
        std::memcpy(padded.data(), octets.data(), octets.size());
        count_ += counted;
        Words m;
        for (std::size_t i = 0; i < m.size(); ++i)
            m[i] = static_cast<std::uint32_t>(padded[4 * i]) | static_cast<std::uint32_t>(padded[4 * i + 1]) << 8 |
                   static_cast<std::uint32_t>(padded[4 * i + 2]) << 16 |
                   static_cast<std::uint32_t>(padded[4 * i + 3]) << 24;
        compress(m, last);
    }

    Digest digest() const
    {
        Digest out{};
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = static_cast<unsigned char>(h_[i / 4] >> (8 * (i % 4)));
        return out;
    }

private:
    // RFC 7693 section 3.2
    void compress(const Words& m, bool last)
    {
        Words v;
        std::ranges::copy(h_, v.begin());
        std::ranges::copy(iv, v.begin() + 8);
        v[12] ^= static_cast<std::uint32_t>(count_);
        v[13] ^= static_cast<std::uint32_t>(count_ >> 32);
        if (last)
            v[14] = ~v[14];
        for (const auto& s : sigma) {
            mix(v, 0, 4, 8, 12, m[s[0]], m[s[1]]);
            mix(v, 1, 5, 9, 13, m[s[2]], m[s[3]]);
            mix(v, 2, 6, 10, 14, m[s[4]], m[s[5]]);
            mix(v, 3, 7, 11, 15, m[s[6]], m[s[7]]);
            mix(v, 0, 5, 10, 15, m[s[8]], m[s[9]]);
            mix(v, 1, 6, 11, 12, m[s[10]], m[s[11]]);
            mix(v, 2, 7, 8, 13, m[s[12]], m[s[13]]);
            mix(v, 3, 4, 9, 14, m[s[14]], m[s[15]]);
        }
        for (std::size_t i = 0; i < h_.size(); ++i)
            h_[i] ^= v[i] ^ v[i + 8];
    }

    std::array<std::uint32_t, 8> h_{};
    std::uint64_t count_ = 0;
};

}

Digest blake2s(std::string_view key, std::string_view message)
{
    key = key.substr(0, 32);
    Hash hash{key.size()};
    if (!key.empty())
        hash.block(key, block_octets, message.empty());
    while (message.size() > block_octets) {
        hash.block(message.substr(0, block_octets), block_octets, false);
        message.remove_prefix(block_octets);
    }
    if (!message.empty() || key.empty())
        hash.block(message, message.size(), true);
    return hash.digest();
}

}
