// One message on its way into cleanup, for every program that hands messages over: smtpd, submit, bounce.
//
// A large message goes ahead in Parts, one outstanding at a time, so that its source is read no faster than
// cleanup takes it; Submit ends it. When the cleanup process dies over the Submit, or is silent for too long,
// another one is asked whether the message was committed (Settled): a no is final, so that a message which
// its source was refused cannot come to life behind its back.
#pragma once

#include <memory>
#include <string>

#include "cleanup/protocol.h"
#include "common/ipc/link.h"

namespace gp::cleanup {

class Transfer {
public:
    // `patience`: for each answer of cleanup.
    Transfer(ipc::Link& cleanup, std::string id, Duration patience);
    ~Transfer(); // tells cleanup to forget what was not submitted
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    const std::string& id() const { return id_; }
    std::uint64_t sent() const { return sent_; }

    // Where the message goes; before its first octets.
    void stay_with(std::shared_ptr<ipc::Channel> channel) { channel_ = std::move(channel); }
    // What comes behind headers that are too long goes nowhere; submit() has the refusal.
    Status send_part(std::string octets);
    bool is_refused() const { return trouble_.why != mail::Overlong::no; }
    void abandon();
    // The end. `message` has envelope and the last octets; id and offset are filled in here. An error when
    // nobody could say that it was taken.
    Result<SubmitReply> submit(Submit message);

private:
    event::Deadline deadline() const { return event::Deadline::in(patience_); }
    Result<SubmitReply> ask_whether_settled(const Error& lost);

    ipc::Link& link_;
    const std::string id_;
    const Duration patience_;
    std::shared_ptr<ipc::Channel> channel_; // of the process that has the first Part
    std::uint64_t sent_ = 0;
    HeadTrouble trouble_;
};

}
