// The decoder over every message of every protocol: whatever the octets, it refuses them or gives a
// message whose encoding is these very octets.
//
// Input: octet 0 the message (modulo their number), octet 1 how many descriptors come along, the body.

#include "cleanup/protocol.h"
#include "cleanup/spoold/protocol.h"
#include "common/ipc/codec.h"
#include "common/ipc/detail/frame.h"
#include "common/log/logd/protocol.h"
#include "common/tls/keyd/protocol.h"
#include "delivery/protocol.h"
#include "qmgr/protocol.h"
#include "router/protocol.h"

#include <fcntl.h>

#include <array>

namespace gp {
namespace {

template <class M>
void check(std::string_view octets, std::vector<ipc::Fd> fds)
{
    auto message = ipc::decode<M>(octets, &fds);
    if (!message) {
        if (message.error().text.empty())
            panic("a refusal says why");
        return;
    }
    std::vector<ipc::Fd> fds_out;
    if (ipc::encode(*message, &fds_out) != octets)
        panic("one message has one form");
    if (fds_out.size() != fds.size())
        panic("every descriptor has its field");
}

template <class M>
void check_both(std::string_view octets, const std::vector<ipc::Fd>& fds)
{
    check<M>(octets, fds);
    if constexpr (ipc::Request<M>)
        check<typename M::Reply>(octets, fds);
}

using Check = void (*)(std::string_view, const std::vector<ipc::Fd>&);

template <class... Ms>
constexpr std::array<Check, sizeof...(Ms)> checks_of()
{
    return {check_both<Ms>...};
}

// New messages go to the end: the corpus names them by their place.
constexpr auto checks =
    checks_of<ipc::ErrorBody, mail::Envelope, router::Ask, router::Greet, router::Route, router::ExpandOption,
              cleanup::Part, cleanup::Submit, cleanup::Abandon, cleanup::Settled, spoold::LargePart,
              spoold::Commit, spoold::LargeAbandon, spoold::IsCommitted, spoold::Space, spoold::Arrived,
              spoold::Released, spoold::Snapshot, spoold::GetEnvelope, spoold::Search, spoold::Numbers, spoold::Record, spoold::Fetch,
              spoold::Finishing, spoold::Delivered, spoold::Release, delivery::Deliver, delivery::Report,
              qmgr::List, qmgr::Show, qmgr::Operate, qmgr::Run, qmgr::Status, logd::Lines, keyd::Sign>();

ipc::Fd null_device()
{
    static const ipc::Fd fd{OwnedFd{::open("/dev/null", O_RDONLY | O_CLOEXEC)}};
    return fd;
}

}
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input{reinterpret_cast<const char*>(data), size};
    // The head of a frame, with the same octets.
    if (auto frame = gp::ipc::parse_frame(input)) {
        std::string again;
        gp::ipc::append_head(again, *frame);
        if (again.substr(gp::ipc::length_size) + std::string(frame->body) != input)
            gp::panic("one frame has one form");
    }
    if (size < 2)
        return 0;
    const std::vector<gp::ipc::Fd> fds(data[1] % 4, gp::null_device());
    gp::checks[data[0] % gp::checks.size()](input.substr(2), fds);
    return 0;
}
