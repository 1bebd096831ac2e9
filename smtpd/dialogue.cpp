#include "smtpd/dialogue.h"

namespace gp::smtpd {
namespace {

constexpr std::size_t input_buffer = 32 * 1024; // only while input is being taken
constexpr std::size_t most_pending = 32 * 1024; // replies that wait for the end of a group of commands
constexpr std::chrono::seconds longest_pending{5};
constexpr std::size_t shown_early = 150;        // of input that came too soon, in the log
constexpr Duration look_again{1000};            // for input that is known to be there

}

// --- the client's stream ---

void Dialogue::Outbox::add(std::string_view text)
{
    if (pending_.empty())
        since_ = std::chrono::steady_clock::now();
    pending_ += text;
}

bool Dialogue::Outbox::is_due() const
{
    return !pending_.empty() &&
           (pending_.size() > most_pending || std::chrono::steady_clock::now() - since_ > longest_pending);
}

Status Dialogue::Outbox::flush()
{
    if (pending_.empty())
        return {};
    const auto octets = std::exchange(pending_, std::string{}); // an idle session keeps no buffer
    return below_->write(octets, event::Deadline::in(timeout_));
}

Result<std::size_t> Dialogue::Outbox::read(std::span<char> into, event::Deadline until)
{
    TRY(flush());
    return below_->read(into, until);
}

Status Dialogue::Outbox::wait_readable(event::Deadline until)
{
    TRY(flush());
    return below_->wait_readable(until);
}

Status Dialogue::Outbox::write(std::string_view bytes, event::Deadline)
{
    add(bytes);
    return flush();
}

// --- the dialogue ---

Dialogue::Dialogue(event::Stream& stream, Duration send_timeout)
    : outbox_(stream, send_timeout), reader_(outbox_, input_buffer)
{
}

void Dialogue::say(const smtp::Reply& reply)
{
    outbox_.add(reply.wire(with_enhanced_));
}

Status Dialogue::flush()
{
    return outbox_.flush();
}

Result<event::Line> Dialogue::read_line(std::size_t limit, event::Deadline until)
{
    return reader_.read_line(limit, until);
}

Result<std::string_view> Dialogue::read_some(std::size_t most, event::Deadline until)
{
    return reader_.read_some(most, until);
}

std::string Dialogue::said_too_early()
{
    if (!reader_.has_input())
        return {};
    // There is something; an end of the stream is not talking.
    auto octets = reader_.read_some(shown_early, event::Deadline::in(look_again));
    if (!octets)
        return {};
    std::string shown(*octets);
    reader_.unread(shown.size());
    return shown;
}

bool Dialogue::is_over()
{
    if (!reader_.has_input())
        return false;
    const auto octets = reader_.read_some(1, event::Deadline::in(look_again));
    if (!octets || octets->empty())
        return true;
    reader_.unread(octets->size());
    return false;
}

void Dialogue::switch_to(event::Stream& stream)
{
    reader_.discard_buffered();
    outbox_.switch_to(stream);
}

void Dialogue::finish()
{
    if (flush())
        outbox_.finish();
}

}
