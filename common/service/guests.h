// Guests: suites of one command that have a configuration of their own and share the spool of a running suite.
//
// A guest's master connects to run/guests of the host and is told its number by a go frame (flags: GuestFlags). For
// each pair of its processes and one of the host's that it needs, it makes a socket pair and hands the answering end
// over in an edge frame: name "ASKER TARGET", value the asker's number. When either side closes, the guest ends.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gp::service {

inline constexpr const char* guests_socket = "guests";   // in run/, for root, or the instance's owner
inline constexpr const char* guest_directory_prefix = "guest-";
inline constexpr const char* called_file = "called";     // beside it: how master was called
inline constexpr std::uint32_t most_guests = 64;         // at a time
inline constexpr std::uint32_t guest_numbers = 1'000'000; // a process N of guest G is number G * guest_numbers + N

enum GuestFlags : std::uint16_t {
    host_has_tally = 1, // the guest runs none of its own
};

// In run/: where the sockets of a guest with that master are.
inline std::string guest_directory(long master_pid)
{
    return guest_directory_prefix + std::to_string(master_pid);
}

// What is in called_file: a command whose own says the same needs no suite of its own.
inline std::string called_as(const std::string& config_file, std::vector<std::string> definitions)
{
    std::ranges::sort(definitions);
    std::string words = config_file;
    for (const auto& definition : definitions)
        words += '\0' + definition;
    return words;
}

// Of a channel's name, "qmgr/3000001"; 0: a process of the suite itself.
inline std::uint32_t guest_of(std::string_view channel)
{
    const auto slash = channel.rfind('/');
    std::uint32_t number = 0;
    if (slash != std::string_view::npos)
        std::from_chars(channel.data() + slash + 1, channel.data() + channel.size(), number);
    return number / guest_numbers;
}

}
