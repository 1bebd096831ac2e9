#include "smtpd/intake.h"

#include "common/log/log.h"
#include "common/mail/header_list.h"

namespace gp::smtpd {

Intake::Intake(Reception& reception) : reception_(reception), id_(reception.ids.next()) {}

Intake::~Intake()
{
    if (channel_ && channel_->is_open())
        channel_->send(cleanup::Abandon{id_});
}

event::Deadline Intake::deadline() const
{
    return event::Deadline::in(std::chrono::seconds(reception_.parameters.cleanup_timeout));
}

bool Intake::saw_headers_end() const
{
    if (sent_ > 0 || dropped_ > 0)
        return true;
    // Whole lines only: what the last one is cannot be told yet.
    const auto parsed = mail::HeaderList::parse(std::string_view(buffer_).substr(0, buffer_.rfind('\n') + 1));
    return !parsed || parsed->complete;
}

void Intake::give_up()
{
    given_up_ = true;
    dropped_ += buffer_.size();
    buffer_ = std::string{};
    if (channel_ && channel_->is_open())
        channel_->send(cleanup::Abandon{id_});
    channel_.reset();
}

void Intake::fail(Error error)
{
    failure_ = std::move(error);
    give_up();
}

void Intake::advance()
{
    if (given_up_) {
        dropped_ += buffer_.size();
        buffer_.clear();
        return;
    }
    while (!given_up_ && buffer_.size() > cleanup::part_size) {
        auto octets = buffer_.substr(0, cleanup::part_size);
        buffer_.erase(0, cleanup::part_size);
        if (auto sent = send_part(std::move(octets)); !sent)
            fail(sent.error());
    }
}

Status Intake::send_part(std::string octets)
{
    if (!channel_)
        channel_ = TRY(reception_.cleanup.pick(deadline()));
    const auto size = octets.size();
    TRY(channel_->call(cleanup::Part{.id = id_, .offset = sent_, .octets = std::move(octets)}, deadline()));
    sent_ += size;
    return {};
}

Result<cleanup::SubmitReply> Intake::submit(mail::Envelope envelope, router::PolicyState state,
                                            cleanup::LocalOptions local)
{
    if (failure_)
        return *failure_;
    auto channel = channel_ ? channel_ : TRY(reception_.cleanup.pick(deadline()));
    cleanup::Submit message;
    envelope.id = id_;
    message.envelope = std::move(envelope);
    message.state = std::move(state);
    message.local = std::move(local);
    message.offset = sent_;
    message.octets = std::exchange(buffer_, std::string{});
    auto reply = channel->call(message, deadline());
    channel_.reset(); // from here on it is cleanup's
    if (!reply && (reply.error().cause == Cause::closed || reply.error().cause == Cause::timeout))
        return ask_whether_settled(reply.error());
    return reply;
}

// RFC 5321 section 6.1: once 250 is said the message is ours, and not before. A no of Settled is final,
// so that after a 451 the message cannot come to life behind the client's back.
Result<cleanup::SubmitReply> Intake::ask_whether_settled(const Error& lost)
{
    auto settled = reception_.cleanup.call(cleanup::Settled{id_}, deadline());
    if (!settled) {
        log::warning("message " + id_ + ": " + lost.text + "; whether it was taken is not known: " +
                     settled.error().text);
        return settled.error();
    }
    if (!settled->committed)
        return lost;
    cleanup::SubmitReply reply;
    reply.taken = cleanup::Taken::committed;
    return reply;
}

}
