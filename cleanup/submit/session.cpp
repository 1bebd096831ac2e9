#include "cleanup/submit/session.h"

#include "common/log/log.h"

namespace gp::submit {
namespace {

constexpr Duration grace{2000}; // for a caller who gives up by itself

}

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
    : peer_(peer), parameters_(parameters), services_(services), clock_(clock), ids_(ids),
      patience_([this] { abandon(); })
{
}

// A caller who minds the time itself has gone by now.
void Session::abandon()
{
    too_late_ = true;
    over_.notify();
}

void Session::run(OwnedFd socket)
{
    // sendmail never asks ahead of an answer, and a frame of its may be large.
    const ipc::Channel::Limits limits{.in_flight = 1, .max_frame = Letter::max_size + 1024};
    auto channel = ipc::Channel::open(std::move(socket), "sendmail of uid " + std::to_string(peer_.uid), this, limits);
    bool closed = false;
    channel->on_close([&] {
        closed = true;
        over_.notify();
    });
    while (!closed) {
        over_.wait(event::Deadline::never()); // receive_timeout alone bounds what a caller thinks
        if (too_late_)
            channel->close({});
    }
    if (too_late_ || (box_ && patience_.running() && deadline_.expired()))
        log::main("timed out while reading local message from uid " + std::to_string(peer_.uid));
    Turn last{one_at_a_time_}; // an answer may still run
    if (box_ && !too_late_)
        box_->lost();
}

Result<Letter::Reply> Session::answer(const Letter& letter, ipc::Channel&)
{
    Turn turn{one_at_a_time_};
    box_.emplace(parameters_, services_, clock_, ids_);
    if (parameters_.mua_wrapper)
        box_->deliver_now();
    auto id = box_->open(letter, peer_);
    if (!id) {
        box_.reset();
        return std::move(id).error();
    }
    if (parameters_.receive_timeout != 0) {
        deadline_ = event::Deadline::in(std::chrono::seconds(parameters_.receive_timeout));
        patience_.start(std::chrono::seconds(parameters_.receive_timeout) + grace);
    }
    return Letter::Reply{.id = std::move(id).take(), .receive_timeout = parameters_.receive_timeout};
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
    patience_.cancel();
    auto reply = box_->finish();
    box_.reset();
    return reply;
}

}
