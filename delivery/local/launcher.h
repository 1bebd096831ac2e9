// Has children become recipients: the one place of the suite that changes uids.
//
// It checks whom the child may become, fetches the message from spoold by ticket, has a child deliver it
// (workers.h), and hands what the child reports to qmgr. A child also looks at a user's files, and at the room in a
// mailbox, for router, which can ask for that and for no delivery. It looks at numbers and at names of drivers; texts pass through.
#pragma once

#include "common/event/loop.h"
#include "common/ipc/endpoint.h"
#include "common/ipc/link.h"
#include "delivery/local/parameters.h"
#include "delivery/local/password_protocol.h"
#include "delivery/local/replies.h"
#include "delivery/local/tickets.h"
#include "delivery/local/transport.h"
#include "delivery/local/workers.h"

namespace gp::local {

class Launcher final : public ipc::Endpoint<delivery::Deliver, launcher::FileQuestion, launcher::InterpretQuestion,
                                            launcher::ProgramQuestion, launcher::FilterQuestion, launcher::RoomQuestion,
                                            launcher::PasswordQuestion, launcher::SaslQuestion> {
public:
    Launcher(const Upbringing& upbringing, Nursery& nursery, ipc::Link& spoold, Replies& replies);
    Result<delivery::DeliverReply> answer(const delivery::Deliver& request, ipc::Channel& from) override; // qmgr
    Result<launcher::FileReply> answer(const launcher::FileQuestion& question, ipc::Channel& from) override; // router
    Result<launcher::InterpretReply> answer(const launcher::InterpretQuestion& question, ipc::Channel& from) override; // router
    Result<launcher::RoomReply> answer(const launcher::RoomQuestion& question, ipc::Channel& from) override; // router
    Result<launcher::ProgramReply> answer(const launcher::ProgramQuestion& question, ipc::Channel& from) override; // router
    Result<launcher::ProgramReply> answer(const launcher::FilterQuestion& question, ipc::Channel& from) override; // remote
    Result<launcher::PasswordReply> answer(const launcher::PasswordQuestion& question, ipc::Channel& from) override; // router
    Result<launcher::SaslReply> answer(const launcher::SaslQuestion& question, ipc::Channel& from) override; // router

private:
    Status may_look(const auto& question) const;
    template <class Question>
    Result<typename Question::Reply> look(const Question& question, ipc::Channel& from,
                                          Result<typename Question::Reply> (Workers::*work)(const Question&));
    Result<delivery::DeliverReply> deliver(const delivery::Deliver& request, const Transport& transport);
    Status note_finishing(const delivery::Deliver& request, std::uint64_t run, ipc::Channel& keeper);
    void record(const delivery::Deliver& request, delivery::DeliverReply& reply);
    void deliver_shadow(const Job& job, event::Deadline until, delivery::DeliverReply& reply);

    const launcher::Parameters& parameters_;
    ipc::Link& spoold_;
    std::uint64_t runs_ = 0; // deliveries begun
    const Registry<Transport>& transports_;
    const bool changes_ids_;
    Workers workers_;
    const Tickets tickets_;
};

// CAP_SETUID is what makes a launcher: without it the instance is one user's own.
bool may_change_ids();

// Whether a child may become these ids: never 0, never a never_user, and first_uid or a literal user of a
// transport. Public for its test.
Status check_ids(const launcher::Parameters& parameters, std::uint32_t uid, std::uint32_t gid,
                 const std::vector<std::uint32_t>& groups);

}
