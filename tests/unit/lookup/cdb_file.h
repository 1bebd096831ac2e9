// A constant data base, made as its author describes the format: for tests and measurements.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace gp::lookup {

// https://cr.yp.to/cdb/cdb.txt
inline std::string make_cdb(const std::vector<std::pair<std::string, std::string>>& records)
{
    struct Slot {
        std::uint32_t hash, place;
    };
    std::array<std::vector<Slot>, 256> tables;
    const auto packed = [](std::uint32_t number) {
        std::string out;
        for (int i = 0; i < 4; ++i)
            out += static_cast<char>(number >> (8 * i) & 0xff);
        return out;
    };
    std::string body;
    for (const auto& [key, data] : records) {
        std::uint32_t hash = 5381;
        for (const char c : key)
            hash = ((hash << 5) + hash) ^ static_cast<unsigned char>(c);
        tables[hash & 255].push_back({hash, static_cast<std::uint32_t>(2048 + body.size())});
        body += packed(static_cast<std::uint32_t>(key.size())) + packed(static_cast<std::uint32_t>(data.size())) + key + data;
    }
    std::string header, ends;
    for (const auto& table : tables) {
        const auto slots = table.size() * 2;
        header += packed(static_cast<std::uint32_t>(2048 + body.size() + ends.size())) +
                  packed(static_cast<std::uint32_t>(slots));
        std::vector<Slot> placed(slots);
        for (const auto& slot : table) {
            auto at = (slot.hash >> 8) % slots;
            while (placed[at].place)
                at = (at + 1) % slots;
            placed[at] = slot;
        }
        for (const auto& slot : placed)
            ends += packed(slot.hash) + packed(slot.place);
    }
    return header + body + ends;
}

}
