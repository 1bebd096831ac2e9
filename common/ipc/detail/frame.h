// A frame on the wire: its head, and how it is taken apart. See channel.h for the layout.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::ipc {

enum class FrameKind : std::uint8_t { request, reply, error, notice };

inline constexpr std::size_t length_size = 4;     // octets of the length itself
inline constexpr std::size_t fixed_head_size = 7; // what follows it in every frame
inline constexpr std::size_t most_descriptors = 32;

struct Frame {
    FrameKind kind = FrameKind::notice;
    std::uint8_t descriptors = 0;
    std::uint32_t correlation = 0;
    std::string_view name;
    std::string_view body;
};

// Octets of the frame behind the length, as the first four octets tell.
std::uint32_t frame_length(std::string_view octets);
// Takes apart what follows the length. The views look into `octets`.
Result<Frame> parse_frame(std::string_view octets);
// Length and head; the body follows as it is.
void append_head(std::string& out, const Frame& frame);

// Body of an error frame.
struct ErrorBody {
    Blame blame = Blame::temporary;
    Cause cause = Cause::other;
    std::string text;
    static void fields(auto& self, auto&& field)
    {
        field("blame", self.blame);
        field("cause", self.cause);
        field("text", self.text);
    }
};

}

namespace gp {

constexpr Blame enum_limit(Blame)
{
    return Blame::configuration;
}
constexpr Cause enum_limit(Cause)
{
    return Cause::forced_fail;
}

}
