#include "common/ipc/detail/frame.h"

namespace gp::ipc {
namespace {

std::uint32_t number_at(std::string_view octets, std::size_t at)
{
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i)
        number |= static_cast<std::uint32_t>(static_cast<std::uint8_t>(octets[at + i])) << (8 * i);
    return number;
}

void append_number(std::string& out, std::uint32_t number)
{
    for (int i = 0; i < 4; ++i)
        out.push_back(static_cast<char>(number >> (8 * i) & 0xff));
}

}

std::uint32_t frame_length(std::string_view octets)
{
    return number_at(octets, 0);
}

Result<Frame> parse_frame(std::string_view octets)
{
    if (octets.size() < fixed_head_size)
        return permanent("frame shorter than its head");
    const auto kind = static_cast<std::uint8_t>(octets[0]);
    if (kind > static_cast<std::uint8_t>(FrameKind::notice))
        return permanent("no such kind of frame: " + std::to_string(kind));
    Frame frame;
    frame.kind = static_cast<FrameKind>(kind);
    frame.descriptors = static_cast<std::uint8_t>(octets[1]);
    if (frame.descriptors > most_descriptors)
        return permanent("frame with " + std::to_string(frame.descriptors) + " descriptors");
    frame.correlation = number_at(octets, 2);
    const auto name_size = static_cast<std::uint8_t>(octets[6]);
    octets.remove_prefix(fixed_head_size);
    if (name_size > octets.size())
        return permanent("frame ends inside the name of its message");
    frame.name = octets.substr(0, name_size);
    frame.body = octets.substr(name_size);
    return frame;
}

void append_head(std::string& out, const Frame& frame)
{
    append_number(out, static_cast<std::uint32_t>(fixed_head_size + frame.name.size() + frame.body.size()));
    out.push_back(static_cast<char>(frame.kind));
    out.push_back(static_cast<char>(frame.descriptors));
    append_number(out, frame.correlation);
    out.push_back(static_cast<char>(frame.name.size()));
    out.append(frame.name);
}

}
