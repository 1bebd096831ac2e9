#include "master/sendmail/suite_queue.h"

#include "common/ipc/channel.h"
#include "master/sendmail/instance.h"
#include "qmgr/protocol.h"

namespace gp::sendmail {
namespace {

constexpr std::chrono::seconds patience{10};

Result<std::uint64_t> messages_of(const Options& options)
{
    const auto instance = TRY(find_instance(options));
    auto channel = ipc::Channel::open(TRY(connect_to(instance.run("control"))), "qmgr", nullptr);
    return TRY(channel->call(qmgr::Status{.by_state = false}, event::Deadline::in(patience))).messages;
}

}

std::optional<std::uint64_t> SuiteQueue::size()
{
    if (is_asked_)
        return size_;
    is_asked_ = true;
    if (const auto messages = messages_of(options_))
        size_ = *messages;
    return size_;
}

}
