#include "smtpd/intake.h"

#include <algorithm>

#include "common/mail/header_list.h"

namespace gp::smtpd {

Intake::Intake(Reception& reception)
    : transfer_(reception.cleanup, reception.ids.next(), std::chrono::seconds(reception.parameters.cleanup_timeout))
{
}

bool Intake::saw_headers_end() const
{
    if (transfer_.sent() > 0 || dropped_ > 0)
        return true;
    // Whole lines only: what the last one is cannot be told yet.
    const auto parsed = mail::HeaderList::parse(std::string_view(buffer_).substr(0, buffer_.rfind('\n') + 1));
    return !parsed || parsed->complete;
}

bool Intake::lacks_blank_line() const
{
    if (transfer_.sent() > 0 || dropped_ > 0)
        return false;
    const auto parsed = mail::HeaderList::parse(buffer_);
    return parsed && parsed->complete && !parsed->has_empty_line;
}

void Intake::give_up()
{
    given_up_ = true;
    dropped_ += buffer_.size();
    buffer_ = std::string{};
    transfer_.abandon();
}

void Intake::fail(Error error)
{
    failure_ = std::move(error);
    give_up();
}

// RFC 4155 appendix A has the form; here the word alone counts, as in Exim.
void Intake::drop_from_line(bool is_end)
{
    constexpr std::string_view word = "From ";
    constexpr std::size_t longest = 1024;
    if (!looks_for_from_line_)
        return;
    const auto size = std::min(buffer_.size(), word.size());
    const bool begins_so = std::string_view(buffer_).substr(0, size) == word.substr(0, size);
    const auto end = buffer_.find('\n');
    if (begins_so && end == std::string::npos && buffer_.size() < longest && !is_end)
        return; // more must come first
    looks_for_from_line_ = false;
    if (begins_so && size == word.size() && end != std::string::npos)
        buffer_.erase(0, end + 1), lines_ = seen_ = 0;
}

// Up to a Part of it stays: the headers are in there, or have gone ahead.
void Intake::drop_the_rest()
{
    const auto keep = std::min(buffer_.size(), cleanup::part_size);
    dropped_ += buffer_.size() - keep;
    buffer_.resize(keep);
}

// Readers put out both octets of a line end at once. A LF alone is an octet like any other: else a message of these would
// have no size at all.
void Intake::count_lines()
{
    const auto fresh = std::string_view(buffer_).substr(std::min(seen_, buffer_.size()));
    for (std::size_t i = 1; i < fresh.size(); ++i)
        lines_ += fresh[i] == '\n' && fresh[i - 1] == '\r' ? 1 : 0;
}

void Intake::advance()
{
    drop_from_line(false);
    count_lines();
    take_on();
    seen_ = buffer_.size();
}

void Intake::take_on()
{
    if (given_up_) {
        dropped_ += buffer_.size();
        buffer_.clear();
        return;
    }
    if (keeps_no_more_)
        return drop_the_rest();
    while (!given_up_ && buffer_.size() > cleanup::part_size) {
        auto octets = buffer_.substr(0, cleanup::part_size);
        buffer_.erase(0, cleanup::part_size);
        if (auto sent = transfer_.send_part(std::move(octets)); !sent)
            fail(sent.error());
    }
}

cleanup::SubmitReply Intake::headers_of_refused(mail::Envelope envelope, router::PolicyState state, cleanup::LocalOptions local)
{
    if (failure_ || given_up_)
        return {};
    cleanup::Submit message;
    message.envelope = std::move(envelope);
    message.state = std::move(state);
    message.local = std::move(local);
    message.is_refused = true;
    message.octets = std::exchange(buffer_, std::string{});
    message.octets.resize(std::min(message.octets.size(), cleanup::part_size));
    auto answer = transfer_.submit(std::move(message));
    return answer ? std::move(answer).take() : cleanup::SubmitReply{};
}

Result<cleanup::SubmitReply> Intake::submit(mail::Envelope envelope, router::PolicyState state,
                                            cleanup::LocalOptions local, bool prdr)
{
    if (failure_)
        return *failure_;
    drop_from_line(true);
    cleanup::Submit message;
    message.envelope = std::move(envelope);
    message.state = std::move(state);
    message.local = std::move(local);
    message.prdr = prdr;
    message.by_chunks = by_chunks_;
    message.may_pipeline = may_pipeline_;
    message.pipelined = pipelined_;
    message.milter_session = milter_session_;
    message.asks_before_commit = asks_before_commit_;
    message.deliver_now = deliver_now_;
    message.discarded_by = discarded_by_;
    if (!by_chunks_ && !prdr)
        message.cut = std::exchange(cut_, {});
    message.octets = std::exchange(buffer_, std::string{});
    return transfer_.submit(std::move(message));
}

}
