// What is being appended to a mailbox, noted in its lock file: who comes upon the lock of somebody who died can tell
// what that one left unfinished, and take it away before the message comes once more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gp::local {

// How a note begins.
inline constexpr std::string_view append_note_beginning = "gatepost ";

// Of one message that goes to the end of a file, in one write or a few.
class AppendNote {
public:
    // `lock`: the open lock file, -1 where there is none and nothing is noted; `at`: where the message begins.
    AppendNote(int lock, std::int64_t at) : lock_(lock), at_(at) {}
    // To be called before `octets` are written; `more`: they are not the last. That it cannot be noted is no error.
    void announce(std::string_view octets, bool more);

private:
    const int lock_;
    const std::int64_t at_;
    std::int64_t done_ = 0;      // octets announced before
    std::uint32_t done_crc_ = 0; // their CRC-32C
};

// Where the unfinished message begins that `note`, the content of a lock file, tells of: it is the end of the open file,
// of `size` octets, and every octet of it is what was to be written. Nothing when the end is whole, or anybody else's.
// A write that was cut off ends where a page does: an end within a page is nobody's that we know.
std::optional<std::int64_t> unfinished_append(std::string_view note, int file, std::int64_t size);

}
