// The parts of a MIME message, whatever a stranger puts into one: no more of them than may be, and each leads to octets
// of the message, or of what was decoded of it within the bound.

#include "cleanup/scan/mime.h"

using namespace gp;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view octets{reinterpret_cast<const char*>(data), size};
    const auto end = octets.find("\n\n");
    const auto headers = octets.substr(0, end == octets.npos ? end : end + 1);
    const auto body = end == octets.npos ? std::string_view{} : octets.substr(end + 2);
    const scan::MimeLimits limits{.parts = 20, .depth = 5, .header = 512, .decoded = 65536};
    const auto found = scan::dissect(headers, body, limits);
    if (found.parts.size() > limits.parts)
        panic("parts are counted");
    for (const auto& part : found.parts) {
        std::string room;
        const auto content = scan::content_at(body, part.path, limits.decoded, room);
        if (content && content->size() > std::max<std::size_t>(body.size(), limits.decoded))
            panic("a part is no larger than what it came in");
        if (!content && content.error().text.empty())
            panic("an error says why");
    }
    return 0;
}
