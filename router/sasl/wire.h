// What router and the program `sasl` say to each other over a socket pair: frames of words. Either end takes what the
// other one says as hostile: a frame that is too long or not made of words ends the login.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gp::sasl {

constexpr std::size_t head = 4;                 // octets of the length before a frame's words, the lowest first
constexpr std::size_t longest_frame = 64 * 1024;

// router: {"login", mechanism, service, host name, realm, local, remote, directory}, each empty where there is none; the
// addresses as "ADDRESS;PORT"; then {"begin"} or {"begin", octets}, and {"step", octets} for each answer of the client.
// sasl: {"challenge", octets}; and at the end {"accepted" | "rejected" | "malformed" | "deferred", user, why}.
using Words = std::vector<std::string>;

// The frame, with its head.
inline std::string frame_of(const Words& words)
{
    const auto number = [](std::size_t value) {
        std::string octets;
        for (std::size_t i = 0; i < head; ++i)
            octets += static_cast<char>(value >> (8 * i) & 0xff);
        return octets;
    };
    std::string body;
    for (const auto& word : words)
        body += number(word.size()) + word;
    return number(body.size()) + body;
}

// The number in the first `head` octets; there must be as many.
inline std::size_t number_in(std::string_view octets)
{
    std::size_t value = 0;
    for (std::size_t i = 0; i < head; ++i)
        value |= std::size_t{static_cast<unsigned char>(octets[i])} << (8 * i);
    return value;
}

// The words of a frame without its head; nothing where their lengths do not fit.
inline std::optional<Words> words_in(std::string_view body)
{
    Words words;
    while (!body.empty()) {
        if (body.size() < head)
            return {};
        const auto length = number_in(body);
        body.remove_prefix(head);
        if (length > body.size())
            return {};
        words.emplace_back(body.substr(0, length));
        body.remove_prefix(length);
    }
    return words;
}

}
