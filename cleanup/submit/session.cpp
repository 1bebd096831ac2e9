#include "cleanup/submit/session.h"

namespace gp::submit {

class Session::Turn {
public:
    explicit Turn(event::Gate& gate) : gate_(gate) { gate_.enter(event::Deadline::never()); }
    ~Turn() { gate_.leave(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

private:
    event::Gate& gate_;
};

Session::Session(const Peer& peer, const Parameters& parameters, Services services, const Clock& clock,
                 mail::MessageIdGenerator& ids)
    : peer_(peer), parameters_(parameters), services_(services), clock_(clock), ids_(ids)
{
}

void Session::run(OwnedFd socket)
{
    event::Notice closed;
    const ipc::Channel::Limits limits{.in_flight = 4, .max_frame = Letter::max_size + 1024};
    auto channel = ipc::Channel::open(std::move(socket), "sendmail of uid " + std::to_string(peer_.uid), this, limits);
    channel->on_close([&] { closed.notify(); });
    closed.wait(event::Deadline::never()); // the caller may think as long as it likes; connections are bounded
    Turn last{one_at_a_time_};             // an answer may still run
}

Result<Letter::Reply> Session::answer(const Letter& letter, ipc::Channel&)
{
    Turn turn{one_at_a_time_};
    box_.emplace(parameters_, services_, clock_, ids_);
    auto id = box_->open(letter, peer_);
    if (!id) {
        box_.reset();
        return std::move(id).error();
    }
    return Letter::Reply{std::move(id).take()};
}

Result<Piece::Reply> Session::answer(const Piece& piece, ipc::Channel&)
{
    Turn turn{one_at_a_time_};
    if (!box_)
        return permanent("a message has no head yet");
    TRY(box_->add(piece.octets));
    return Piece::Reply{};
}

Result<Finish::Reply> Session::answer(const Finish&, ipc::Channel&)
{
    Turn turn{one_at_a_time_};
    if (!box_)
        return permanent("a message has no head yet");
    auto reply = box_->finish();
    box_.reset();
    return reply;
}

}
