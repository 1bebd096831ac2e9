// What is settled without an agent: what router found no way for or threw away, what waits, what an operator gave up.
#include "common/base/text.h"
#include "common/mail/address.h"
#include "qmgr/error_names.h"
#include "qmgr/events.h"
#include "qmgr/settle.h"

namespace gp::qmgr {
namespace {

constexpr LineTimes not_carried{.delivery = 0}; // log_selector +deliver_time: nothing was tried, and that took no time

// Senders hear what an administrator or a user wants to tell them, and that there is no such address; not what is wrong
// with the files and the settings of this host.
bool is_for_senders(const router::Unrouted& what)
{
    if (what.is_setup)
        return false;
    if (what.why == router::Unrouted::Why::deferred)
        return what.is_forced && !what.freeze;
    return what.is_forced || (!what.text.starts_with("lookup of host \"") && what.text != "syntax error in redirection data");
}

}

// /dev/null counts as a delivery, by a transport that is none.
void Settle::discarded(Message& message, Piece& piece, const delivery::Outcome& said)
{
    auto to = line_address(message, piece);
    const bool is_file = !piece.transport.empty();
    if (!is_file)
        to.address = said.text.empty() ? ":blackhole:" : said.text; // what a filter throws away is "discarded"
    core_.say(message, piece,
              is_file ? delivered_line(core_.selector, message.id.view(), true, to, said, {}, message.size, line_times(message, {}))
                      : discarded_line(core_.selector, message.id.view(), to));
    settled(message, piece, PieceState::discarded);
    message.finish(piece);
}

void Settle::unrouted(Message& message, std::uint32_t recipient, const router::Unrouted& what, bool of_filter)
{
    Piece& piece = message.add_piece(recipient, what.address);
    piece.of_filter = of_filter;
    piece.unique = what.unique;
    piece.router = what.router;
    piece.parent = what.parent;
    piece.ancestors = what.ancestors;
    piece.depth = what.depth;
    piece.kind = what.kind;
    piece.logged_as = what.logged_as;
    piece.errors_to = what.errors_to;
    piece.transport = what.transport;
    // The event is its transport's, which router knows best.
    piece.raises_events = what.is_setup && !what.transport.empty() && core_.parameters.raises_events;
    piece.hidden = what.hidden_in_reports;
    piece.one_time = what.one_time_parent;
    if (what.freeze)
        message.freeze = true;
    delivery::Outcome said;
    said.text = what.text;
    if (what.why == router::Unrouted::Why::discarded)
        return discarded(message, piece, said);
    if (what.why == router::Unrouted::Why::failed) {
        say_failed(message, piece, said,
                   failed_line(core_.selector, message.id.view(), line_address(message, piece), said, {}, not_carried));
        fail(message, piece, said);
        if (!is_for_senders(what))
            piece.failure->text.clear();
        ++core_.counters.failures;
        return settled(message, piece, PieceState::failed);
    }
    const auto number = what.error_number == delivery::no_error_number ? 0 : what.error_number ? what.error_number : error_unknown;
    if (is_mere_wait(number))
        return waits(message, piece, number, what.text, 0, {});
    ++core_.counters.deferrals;
    core_.say(message, piece, deferred_line(core_.selector, message.id.view(), line_address(message, piece), number,
                                     what.text, {}, not_carried));
    if (what.is_setup)
        return defer(message, piece, what.text, 0, {});
    const auto key = what.retry_key.empty() ? routing_key(domain_of(what.address)) : what.retry_key;
    const auto verdict = core_.book->failed({.key = key,
                                             .subject = subject_of_key(key),
                                             .alternate = {},
                                             .error_name = what.error_name,
                                             .error_number = number,
                                             .text = what.text,
                                             .sender = message.envelope.sender,
                                             .received = core_.received(message),
                                             .is_unreached = what.error_name == "lookup",
                                             .answers = message.retry_answers.get()});
    if (verdict.timed_out && !what.freeze) {
        if (!is_for_senders(what))
            said.text.clear();
        return time_out(message, piece, said);
    }
    defer(message, piece, what.text, verdict.next_try, key);
}

void Settle::waits(Message& message, Piece& piece, std::int32_t error_number, std::string_view text,
                   std::int64_t next_try, std::string_view key)
{
    const bool is_retry = error_number <= error_routing_retry && error_number >= error_host_retry;
    if (!message.attempt.quiet) // a line of the log, as far as log_selector wants it
        ++core_.counters.deferrals;
    if (!message.attempt.quiet && (!is_retry || core_.selector.retry_defer))
        core_.say(message, piece, deferred_line(core_.selector, message.id.view(), line_address(message, piece),
                                         error_number, text, {}, not_carried));
    piece.only_waits = true;
    defer(message, piece, text, next_try, key);
}

// Quietly, where Exim's log has no line for it.
void Settle::put_off(Message& message, std::uint32_t recipient, const router::Delivery& delivery,
                           std::int32_t number, std::string_view why, bool quietly)
{
    auto& piece = message.add_piece(recipient, delivery.address);
    piece.unique = delivery.unique;
    piece.parent = delivery.parent;
    piece.ancestors = delivery.ancestors;
    piece.depth = delivery.depth;
    piece.router = delivery.router;
    piece.transport = delivery.transport;
    piece.raises_events = delivery.raises_events;
    const bool was_quiet = std::exchange(message.attempt.quiet, message.attempt.quiet || quietly);
    waits(message, piece, number, why, 0, {});
    message.attempt.quiet = was_quiet;
}

void Settle::given_up(Message& message, Piece& piece, std::string_view text)
{
    delivery::Outcome what;
    what.text = text;
    say_failed(message, piece, what,
               failed_line(core_.selector, message.id.view(), line_address(message, piece), what, {}, not_carried));
    piece.timed_out = true;
    fail(message, piece, what);
    ++core_.counters.failures;
    settled(message, piece, PieceState::failed);
}

void Settle::cancelled(Message& message, Piece& piece, std::string_view why)
{
    if (message.envelope.sender.empty()) {
        settled(message, piece, PieceState::discarded);
        return message.finish(piece);
    }
    delivery::Outcome what;
    what.text = why;
    raise_failure(message, piece, what);
    fail(message, piece, what);
    ++core_.counters.failures;
    settled(message, piece, PieceState::failed);
}

void Settle::troubled(Message& message, Piece& piece, std::string_view why)
{
    piece.reason = why;
    settled(message, piece, PieceState::troubled);
}

void Settle::found_done(Message& message, Piece& piece, bool recipient_too)
{
    ++core_.counters.deliveries;
    delivery::Outcome what;
    what.text = "recorded by the agent, which died before it could say more";
    core_.say(message, piece, delivered_line(core_.selector, message.id.view(), true, line_address(message, piece),
                                      what, {}, message.size, {}));
    settled(message, piece, PieceState::delivered);
    piece.recorded = true;
    message.recorded[piece.recipient] = recipient_too;
    message.finish(piece);
}

}
