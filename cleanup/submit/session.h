// One connection of bin/sendmail on the instance's public socket.
#pragma once

#include "cleanup/submit/letter_box.h"
#include "common/ipc/endpoint.h"
#include "common/service/boot.h"

namespace gp::submit {

class Session final : public ipc::Endpoint<Letter, Piece, Finish> {
public:
    Session(const Peer& peer, const Parameters& parameters, Services services, const Clock& clock,
            mail::MessageIdGenerator& ids);

    // Serves the connection until the caller closes it. Suspends.
    void run(OwnedFd socket);

    Result<Letter::Reply> answer(const Letter& letter, ipc::Channel&) override;
    Result<Piece::Reply> answer(const Piece& piece, ipc::Channel&) override;
    Result<Finish::Reply> answer(const Finish&, ipc::Channel&) override;

private:
    // One request at a time: the next one waits, so that pieces stay in order.
    class Turn;
    void abandon();

    const Peer peer_;
    const Parameters& parameters_;
    Services services_;
    const Clock& clock_;
    mail::MessageIdGenerator& ids_;
    std::optional<LetterBox> box_;
    event::Notice over_;    // the channel closed, or the message has taken too long
    event::Timer patience_; // receive_timeout, from the head on
    event::Deadline deadline_ = event::Deadline::never();
    bool too_late_ = false;
    event::Gate one_at_a_time_{1};
};

}
