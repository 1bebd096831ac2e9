#include "router/part_calls.h"

#include "cleanup/protocol.h"

namespace gp::router {
namespace {

constexpr std::chrono::minutes patience{10}; // cleanup's own is router_timeout

// "1xUqzO-0004F0-24-00003"
std::string usual_name(const std::string& id, unsigned number)
{
    const auto digits = std::to_string(number);
    return id + "-" + std::string(5 - std::min<std::size_t>(digits.size(), 5), '0') + digits;
}

}

Result<acl::Unpacked> PartCalls::decode(const std::string& file, std::size_t start)
{
    cleanup::Unpack question{.id = id_, .part = part_, .file = file, .start = start};
    if (file.empty())
        question.file = usual_name(id_, files_++);
    auto reply = TRY(asker_.call(question, event::Deadline::in(patience)));
    return acl::Unpacked{.file = std::move(reply.file),
                         .size = reply.size,
                         .anomaly = reply.anomaly,
                         .anomaly_text = std::move(reply.anomaly_text),
                         .start = std::move(reply.start)};
}

Result<std::string> PartCalls::decoded(std::size_t most)
{
    const cleanup::Unpack question{.id = id_, .part = part_, .file = {}, .start = most};
    return TRY(asker_.call(question, event::Deadline::in(patience))).start;
}

Result<std::string> PartCalls::raw(std::uint64_t skip, std::size_t most)
{
    const cleanup::Unpack question{.id = id_, .part = part_, .file = {}, .start = most, .skip = skip, .is_raw = true};
    return TRY(asker_.call(question, event::Deadline::in(patience))).start;
}

}
