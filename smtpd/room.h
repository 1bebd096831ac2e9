// What smtpd knows of the spool's room: cleanup tells it, so that MAIL is refused without a question.
#pragma once

#include "cleanup/protocol.h"
#include "common/ipc/endpoint.h"
#include "common/ipc/link.h"
#include "smtpd/parameters.h"

namespace gp::smtpd {

class RoomView final : public ipc::Endpoint<cleanup::Room> {
public:
    explicit RoomView(const Parameters& parameters) : parameters_(parameters) {}

    // Asks each cleanup process that comes, once. `cleanup` was dialled with us for its notices.
    void follow(ipc::Link& cleanup);
    void notice(const cleanup::Room& room, ipc::Channel& from) override;

    // For a message that was announced with SIZE=, or not (manual chapter 14, smtp_check_spool_space).
    bool has_room_for(std::optional<std::uint64_t> size) const;

private:
    const Parameters& parameters_;
    cleanup::Room now_;
};

}
