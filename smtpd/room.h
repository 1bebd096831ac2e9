// What cleanup says to smtpd unasked: the spool's room, so that MAIL is refused without a question; and whether the client
// of a message is still there.
#pragma once

#include "cleanup/protocol.h"
#include "common/ipc/endpoint.h"
#include "common/ipc/link.h"
#include "smtpd/parameters.h"
#include "smtpd/waiting_clients.h"

namespace gp::smtpd {

class RoomView final : public ipc::Endpoint<cleanup::Room, cleanup::StillThere> {
public:
    RoomView(const Parameters& parameters, const WaitingClients& clients) : parameters_(parameters), clients_(clients) {}

    // Asks each cleanup process that comes, once. `cleanup` was dialled with us for its notices.
    void follow(ipc::Link& cleanup);
    void notice(const cleanup::Room& room, ipc::Channel& from) override;
    Result<cleanup::StillThereReply> answer(const cleanup::StillThere& question, ipc::Channel&) override
    {
        return cleanup::StillThereReply{clients_.is_there(question.id)};
    }

    // For a message that was announced with SIZE=, or not (manual chapter 14, smtp_check_spool_space).
    bool has_room_for(std::optional<std::uint64_t> size) const;

private:
    const Parameters& parameters_;
    const WaitingClients& clients_;
    cleanup::Room now_;
};

}
