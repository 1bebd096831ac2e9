// The way of one message's octets to cleanup, never to disk.
//
// A small message goes in one Submit frame. A larger one goes ahead in Parts, one outstanding at a time,
// so that a client is read no faster than cleanup takes. The message id is made here: when the cleanup
// process dies over the Submit, another one is asked whether the message was committed (Settled), and the
// client hears 250 or 451 accordingly.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cleanup/protocol.h"
#include "common/ipc/channel.h"
#include "smtpd/reception.h"

namespace gp::smtpd {

class Intake {
public:
    explicit Intake(Reception& reception);
    ~Intake(); // tells cleanup to forget what was not submitted
    Intake(const Intake&) = delete;
    Intake& operator=(const Intake&) = delete;

    const std::string& id() const { return id_; }
    // Where the next octets are appended; advance() sends ahead what is enough for a Part. May suspend.
    std::string& buffer() { return buffer_; }
    void advance();
    // Nothing more is kept: the message is too large, or must be refused for another reason.
    void give_up();

    std::uint64_t octets() const { return sent_ + buffer_.size() + dropped_; }
    bool saw_headers_end() const; // for the log of a client that went away

    // The end of the message. An error when nobody could say that it was taken.
    Result<cleanup::SubmitReply> submit(mail::Envelope envelope, router::PolicyState state,
                                        cleanup::LocalOptions local);

private:
    Status send_part(std::string octets);
    Result<cleanup::SubmitReply> ask_whether_settled(const Error& lost);
    event::Deadline deadline() const;
    void fail(Error error);

    Reception& reception_;
    std::string id_;
    std::string buffer_;
    std::shared_ptr<ipc::Channel> channel_; // of a message that went ahead in Parts
    std::uint64_t sent_ = 0;
    std::uint64_t dropped_ = 0;
    bool given_up_ = false;
    std::optional<Error> failure_;
};

}
