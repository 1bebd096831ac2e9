#include "smtpd/room.h"

#include "common/log/log.h"

namespace gp::smtpd {
namespace {

constexpr Duration patience{60'000};

}

void RoomView::follow(ipc::Link& cleanup)
{
    cleanup.on_connect([this](const std::shared_ptr<ipc::Channel>& channel) {
        auto begun = event::Loop::current().spawn("room", [this, channel] {
            if (auto room = channel->call(cleanup::WatchRoom{}, event::Deadline::in(patience)))
                now_ = *room;
        });
        if (!begun)
            log::warning("asking for the spool's room: " + begun.error().text);
    });
}

void RoomView::notice(const cleanup::Room& room, ipc::Channel&)
{
    now_ = room;
}

bool RoomView::has_room_for(std::optional<std::uint64_t> size) const
{
    if (!now_.accepting)
        return false;
    if (!size || !parameters_.smtp_check_spool_space)
        return true;
    const auto reserve = parameters_.check_spool_space > 0 ? static_cast<std::uint64_t>(parameters_.check_spool_space) : 0;
    return now_.free_octets >= reserve && now_.free_octets - reserve >= *size;
}

}
