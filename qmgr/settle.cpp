#include "qmgr/settle.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/address.h"
#include "common/mail/alabel.h"
#include "qmgr/error_names.h"
#include "qmgr/events.h"
#include "qmgr/excess.h"
#include "qmgr/grouping.h"

namespace gp::qmgr {
namespace {

constexpr std::string_view filter_parent = "system-filter"; // of what the system filter set up
constexpr std::string_view timeout_text = "retry timeout exceeded";

// The number of a log line: the agent's, or the one that belongs to the word.
std::int32_t number_of(const delivery::Outcome& what, bool is_local)
{
    if (what.error_number)
        return what.error_number == delivery::no_error_number ? 0 : what.error_number;
    if (const auto known = error_number_of(precise_error_name(what.error_name, what.smtp_code)))
        return known;
    return is_local ? error_unknown : 0;
}

// "550 5.1.1 no such user" out of "SMTP error from remote mail server after RCPT TO:<a@b>: 550 5.1.1 no …".
std::string smtp_reply_in(std::string_view text, std::uint32_t code)
{
    if (code == 0)
        return {};
    const auto at = text.find(": " + std::to_string(code));
    return at == std::string_view::npos ? std::string{} : std::string(text.substr(at + 2));
}

// Senders hear nothing of files and commands here, as with Exim: not where a mailbox is, nor why it cannot be written.
std::string told_to_sender(std::string_view driver, const delivery::Outcome& what)
{
    if (what.error_name.starts_with("quota"))
        return "mailbox is full";
    const bool was_run = !what.text.starts_with('"'); // the others begin with the command that may not be
    if (driver == "pipe" && what.fate == delivery::Fate::failed && was_run && what.text != delivery::output_is_returned)
        return "local delivery failed";
    return driver == "appendfile" || driver == "autoreply" || driver == "pipe" ? std::string{} : what.text;
}

bool is_recipient_error(const delivery::HostFailure& failure)
{
    return failure.error_name.starts_with("rcpt_");
}

// A TLS session or a login that could not be had: Exim's log has it with the address, unless another host was tried. A
// login's failure names no host there.
bool is_told_with_address(const delivery::HostFailure& failure, const delivery::DeliverReply& reply)
{
    const bool is_login = failure.error_number == error_auth_failed || failure.error_number == error_auth_problem;
    return (is_login || failure.error_number == error_tls_failed) && &failure == &reply.host_failures.back() &&
           std::ranges::any_of(reply.outcomes, [&](const delivery::Outcome& what) {
               return (is_login || what.host_address == failure.address) && what.text == failure.text;
           });
}

}

std::string_view subject_of_key(std::string_view key)
{
    return key.size() > 2 && key[1] == ':' ? key.substr(2) : key;
}

std::string local_retry_key(const Piece& piece)
{
    if (piece.retry_key.empty())
        return "T:" + piece.address;
    return "T:" + std::string(subject_of_key(piece.retry_key));
}

// A file that a redirection named is shown as its transport completed it.
std::string place_of(const Message& message, const Piece& piece)
{
    const auto at = static_cast<std::uint32_t>(&piece - message.pieces.data());
    if (piece.kind != "file" || piece.group >= message.groups.size() || !std::ranges::count(message.groups[piece.group].pieces, at))
        return piece.address;
    const auto& to = message.groups[piece.group].request.instruction;
    for (const auto* option : {"file", "directory"})
        if (const auto place = option_of(to, option); !place.empty())
            return std::string(place);
    return piece.address;
}

void Settle::HostVerdicts::add(const RetryVerdict& verdict, const std::string& host)
{
    if (!any || verdict.next_try < next_try) {
        next_try = verdict.next_try;
        key = host;
    }
    any = true;
    all_timed_out = all_timed_out && verdict.timed_out;
}

LineAddress Settle::line_address(const Message& message, const Piece& piece) const
{
    LineAddress to;
    // The case that counted for routers is shown; RCPT keeps the sender's (manual 15.1, caseful_local_part).
    to.address = !piece.kind.empty() ? place_of(message, piece)
                 : !piece.logged_as.empty() ? piece.logged_as
                 : piece.local_part.empty() ? lower(piece.address)
                                            : piece.prefix + piece.local_part + piece.suffix + "@" + lower(piece.domain);
    const auto& recipient = message.envelope.recipients[piece.recipient];
    to.original = piece.of_filter             ? std::string(filter_parent)
                  : recipient.original.empty() ? recipient.address
                                               : recipient.original; // a one_time redirection made it
    if (!piece.log_as_local && mail::local_part_of(to.original) == mail::local_part_of(to.address) &&
        same_nocase(to.original, to.address))
        to.original = to.address; // the case of a domain is no difference worth a word
    to.ancestors = piece.ancestors;
    to.kind = piece.kind;
    if (piece.log_as_local)
        to.local_part = piece.local_part;
    to.sender = message.envelope.sender;
    to.return_path = message.return_path(piece);
    to.router = piece.router;
    to.transport = piece.transport;
    to.pretended = message.envelope.dont_deliver;
    return to;
}

LineHost Settle::line_host(const delivery::Outcome& what, const Group& group) const
{
    LineHost host{.name = what.host_name,
                  .address = what.host_address,
                  .port = what.host_port,
                  .interface_address = what.interface_address,
                  .interface_port = what.interface_port,
                  .reused = what.connection_reused};
    for (const auto& known : group.request.instruction.hosts)
        if (known.name == what.host_name)
            host.dnssec = known.dnssec;
    return host;
}

LineTimes Settle::line_times(const Message& message, const delivery::DeliverReply& reply) const
{
    LineTimes times{.on_queue = core_.on_queue(message.envelope)};
    times.delivery = reply.ended >= reply.started && reply.started != 0 ? static_cast<std::int64_t>(reply.ended - reply.started) : 0;
    return times;
}

void Settle::settled(Message& message, Piece& piece, PieceState state)
{
    const bool was_open = piece.state == PieceState::waiting || piece.state == PieceState::in_flight;
    if (was_open)
        --message.unsettled;
    piece.state = state;
}

Feedback Settle::answer(Message& message, const Handed& handed, const delivery::DeliverReply& reply)
{
    Context context{.handed = handed,
                    .group = message.groups[handed.group],
                    .reply = reply,
                    .hosts = {},
                    .with_message = {}};
    host_failures(message, context);
    std::vector<bool> told(handed.pieces.size());
    std::size_t delivered_count = 0, deferred_count = 0, host_errors = 0;
    for (const auto& what : reply.outcomes) {
        if (what.target >= handed.pieces.size() || told[what.target])
            continue; // an agent that counts wrongly is not believed
        told[what.target] = true;
        if (context.group.agent == Agent::remote && (what.smtp_code != 0 || what.fate == delivery::Fate::delivered) && !message.envelope.dont_deliver)
            core_.link.reached(what.host_address);
        outcome(message, message.pieces[handed.pieces[what.target]], what, context);
        delivered_count += what.fate == delivery::Fate::delivered;
        deferred_count += what.fate == delivery::Fate::deferred;
        host_errors += what.host_error;
    }
    for (std::size_t i = 0; i < told.size(); ++i) {
        if (told[i])
            continue;
        auto& piece = message.pieces[handed.pieces[i]];
        log::warning(message.id.text() + " " + piece.address + ": the agent said nothing about this address");
        troubled(message, piece, "no outcome");
    }
    if (delivered_count > 0)
        return Feedback::success;
    const bool nobody = deferred_count == handed.pieces.size();
    return host_errors > 0 || (nobody && context.group.agent == Agent::remote) ? Feedback::trouble
                                                                               : Feedback::neutral;
}

// A host that takes nothing for long is in trouble, whatever it says: its retry rules hold then.
bool Settle::may_wait_for_turn(const Message& message) const
{
    constexpr unsigned most_turns = 12; // half an hour, with trouble_delay and trouble_delay_max as they are
    const auto* entry = core_.index.find(message.id);
    return !entry || entry->troubles < most_turns;
}

// Each host that was tried in vain gets its line, and its hint: under the host's key, or host and message
// together when the error was the message's (manual 49.2).
void Settle::host_failures(Message& message, Context& context)
{
    if (context.group.agent == Agent::local)
        return; // it speaks to no host, whatever a child says
    const auto& first = message.pieces[context.handed.pieces.front()];
    bool closed = context.reply.closed.empty();
    for (const auto& failure : context.reply.host_failures) {
        // The connection was closed behind what was refused over it, and before it was given up.
        if (!failure.message_error && !std::exchange(closed, true))
            raise(core_, message, first.transport, context.reply.closed);
        if (!is_told_with_address(failure, context.reply))
            core_.say(message, first, host_failure_line(core_.selector, message.id.view(), failure));
        if (failure.connected)
            core_.link.reached(failure.address);
        if (is_recipient_error(failure))
            continue;
        if (may_wait_for_turn(message) && core_.paces.takes_blame(failure)) {
            context.too_much = true;
            continue;
        }
        if (first.raises_events && !failure.message_error)
            raise_host_defer(message, first, failure);
        auto key = host_key_of(context.group.request.instruction, failure.name, failure.address, failure.port);
        if (failure.message_error)
            key = host_message_key(key, message.id.view());
        const auto verdict = core_.book->failed({.key = key,
                                                 .subject = failure.name,
                                                 .alternate = first.domain,
                                                 .error_name = failure.error_name,
                                                 .error_number = failure.error_number,
                                                 .text = failure.text,
                                                 .sender = message.envelope.sender,
                                                 .received = core_.received(message),
                                                 .is_message_error = failure.message_error,
                                                 .is_unreached = !failure.connected,
                                                 .address = failure.address,
                                                 .answers = message.retry_answers.get()});
        (failure.message_error ? context.with_message : context.hosts).add(verdict, key);
    }
    if (!closed)
        raise(core_, message, first.transport, context.reply.closed);
    for (const auto& skipped : context.handed.skipped)
        context.hosts.add({.timed_out = skipped.expired, .next_try = skipped.next_try}, skipped.key);
}

void Settle::raise_host_defer(Message& message, const Piece& first, const delivery::HostFailure& failure)
{
    delivery::Outcome what;
    what.host_name = failure.name;
    what.host_address = failure.address;
    what.host_port = failure.port;
    auto facts = event_facts("msg:host:defer", failure.text, first, what);
    facts.push_back({"event_defer_errno", std::to_string(failure.error_number)});
    raise(core_, message, first.transport, std::move(facts));
}

// The transport's event when there is one that tried, the main one where nobody did (manual 61).
void Settle::raise_failure(Message& message, const Piece& piece, const delivery::Outcome& what)
{
    if (piece.raises_events)
        raise(core_, message, piece.transport, event_facts("msg:fail:delivery", what.text, piece, what));
    else if (piece.transport.empty() && core_.parameters.raises_events)
        raise(core_, message, {}, event_facts("msg:fail:internal", what.text, piece, what));
}

// Where somebody hears of it, the event comes before the line.
void Settle::say_failed(Message& message, const Piece& piece, const delivery::Outcome& what, std::string_view line)
{
    const bool is_told = !piece.error_ignored && !message.report_to(piece).empty();
    if (is_told)
        raise_failure(message, piece, what);
    core_.say(message, piece, line);
    if (!is_told)
        raise_failure(message, piece, what);
}

void Settle::outcome(Message& message, Piece& piece, const delivery::Outcome& what, Context& context)
{
    if (piece.state != PieceState::in_flight)
        return;
    if (!what.logged_output.empty())
        core_.say(message, piece, message.id.text() + " <" + escape(piece.address) + ">: " + piece.transport + " transport output: " +
                                      escape(what.logged_output));
    switch (what.fate) {
    case delivery::Fate::delivered:
        return delivered(message, piece, what, context);
    case delivery::Fate::failed:
        // Another host may think otherwise.
        if (what.host_error && (waits_elsewhere(message, context) || context.too_much))
            return deferred(message, piece, what, context);
        return failed(message, piece, what, context);
    case delivery::Fate::deferred:
        return deferred(message, piece, what, context);
    }
}

void Settle::delivered(Message& message, Piece& piece, const delivery::Outcome& what, Context& context)
{
    ++core_.counters.deliveries;
    auto to = line_address(message, piece);
    const bool has_affixes = !piece.prefix.empty() || !piece.suffix.empty();
    if (has_affixes && piece.kind.empty() && piece.logged_as.empty() && !piece.local_part.empty() && context.group.agent == Agent::remote &&
        option_of(context.group.request.instruction, "rcpt_include_affixes") != "true")
        to.address = piece.local_part + "@" + lower(piece.domain); // what the host has heard
    if (!what.transport.empty())
        to.transport = what.transport;
    if (what.in_ascii) // as the host heard them
        for (auto* said : {&to.address, &to.sender, &to.return_path})
            *said = mail::in_ascii_form(*said);
    auto host = line_host(what, context.group);
    if (const auto& hosts = context.group.request.instruction.hosts; context.group.agent == Agent::local && !hosts.empty())
        host.name = hosts.front().name; // to which the transport only pretends to speak
    core_.say(message, piece, delivered_line(core_.selector, message.id.view(), context.copies.insert(what.transaction).second, to, what, host,
                                      message.size, line_times(message, context.reply)));
    if (piece.raises_events) {
        auto facts = event_facts("msg:delivery", context.group.agent == Agent::remote ? what.text : std::string{}, piece, what);
        add_connection(facts, context.reply, what);
        raise(core_, message, piece.transport, std::move(facts));
    }
    clear_hints(message, piece, what, context);
    const auto& recipient = message.envelope.recipients[piece.recipient];
    if ((recipient.notify & mail::notify_success) && !what.dsn_relayed) {
        fail(message, piece, what); // what the success report says of it
        piece.failure->text = context.group.agent == Agent::local ? "relayed via non \"Remote SMTP\" router" // as Exim words it
                              : context.group.request.instruction.dsn_lasthop ? "relayed via non DSN router"
                                                                              : "relayed to non-DSN-aware mailer";
    }
    settled(message, piece, PieceState::delivered);
    // The agent has recorded the address; and the recipient, when nothing else of it was outstanding then.
    piece.recorded = !what.unrecorded;
    if (context.handed.completes[what.target] && !what.unrecorded)
        message.recorded[piece.recipient] = true;
    message.finish(piece);
}

// A success resets the clocks of all that led to it (manual 32.11).
void Settle::clear_hints(const Message& message, const Piece& piece, const delivery::Outcome& what,
                         const Context& context)
{
    auto& book = *core_.book;
    if (book.size() == 0 || message.envelope.dont_deliver)
        return;
    if (context.group.agent == Agent::local) {
        book.succeeded(local_retry_key(piece));
    } else if (!what.host_name.empty()) {
        const auto host = host_key_of(context.group.request.instruction, what.host_name, what.host_address, what.host_port);
        book.succeeded(host);
        book.succeeded(host_message_key(host, message.id.view()));
    }
    const auto& recipient = message.envelope.recipients[piece.recipient].address;
    for (const std::string_view address : {std::string_view(piece.address), std::string_view(recipient)}) {
        book.succeeded(address_key(address, message.envelope.sender));
        book.succeeded(routing_key(address));
        book.succeeded(routing_key(domain_of(address)));
    }
}

void Settle::failed(Message& message, Piece& piece, const delivery::Outcome& what, Context& context)
{
    say_failed(message, piece, what,
               failed_line(core_.selector, message.id.view(), line_address(message, piece), what,
                           line_host(what, context.group), line_times(message, context.reply)));
    if (what.freeze)
        message.freeze = true;
    fail(message, piece, what);
    if (what.text != delivery::output_is_returned)
        piece.failure->text = told_to_sender(context.group.request.instruction.driver, what);
    ++core_.counters.failures;
    settled(message, piece, PieceState::failed);
}

// Remembers what a report will say about the piece.
void Settle::fail(Message& message, Piece& piece, const delivery::Outcome& what)
{
    const auto& recipient = message.envelope.recipients[piece.recipient];
    auto failure = std::make_unique<delivery::Failure>();
    failure->recipient = piece.recipient;
    failure->address = piece.address;
    failure->original = piece.of_filter ? std::string(filter_parent) : recipient.address;
    failure->parent = piece.parent;
    if (!what.host_name.empty())
        failure->host = what.host_name + " [" + what.host_address + "]";
    failure->orcpt = recipient.orcpt;
    failure->text = what.text;
    failure->smtp_reply = smtp_reply_in(what.text, what.smtp_code);
    failure->remote_mta = what.remote_mta;
    failure->status = what.enhanced;
    failure->output = what.output;
    failure->unique = piece.unique;
    piece.failed_as = ++message.failures;
    piece.failure = std::move(failure);
}

// A host that has a bound was left out (Dispatch::spare_others), and those before it failed: its turn there comes now.
bool Settle::waits_elsewhere(const Message& message, const Context& context) const
{
    return context.handed.spared && may_wait_for_turn(message);
}

// Nothing is wrong with the host or the address: it is tried again soon, in its turn, and no clock runs. What a host behind
// the one that was given too much said is not the last word.
bool Settle::is_for_its_turn(const Message& message, const delivery::Outcome& what, const Context& context) const
{
    const bool is_of_recipient = what.error_name.starts_with("rcpt_");
    if (context.too_much && !is_of_recipient && (what.host_error || excess_in(what.text).of != Excess::Of::nothing))
        return true;
    return waits_elsewhere(message, context); // which may take the recipient, too
}

void Settle::deferred(Message& message, Piece& piece, const delivery::Outcome& what, Context& context)
{
    ++core_.counters.deferrals;
    const bool is_local = context.group.agent == Agent::local;
    const auto number = number_of(what, is_local);
    if (piece.raises_events && !what.error_name.starts_with("rcpt_")) { // of those remote told itself
        const bool has_own_words = number > 0 && what.text != system_error_text(number);
        auto facts = event_facts("msg:defer", what.text + (has_own_words ? ": " + system_error_text(number) : ""), piece, what);
        facts.push_back({"event_defer_errno", std::to_string(number)});
        raise(core_, message, piece.transport, std::move(facts));
    }
    core_.say(message, piece,
              deferred_line(core_.selector, message.id.view(), line_address(message, piece), number,
                            what.text, line_host(what, context.group), line_times(message, context.reply)));
    if (what.freeze)
        message.freeze = true;
    if (what.is_setup)
        return defer(message, piece, what.text, 0, {});
    if (is_for_its_turn(message, what, context))
        return troubled(message, piece, what.text);
    std::string key;
    const auto verdict = judge(message, piece, what, context, key);
    const auto told = told_to_sender(context.group.request.instruction.driver, what);
    if (verdict.timed_out && !what.freeze) {
        auto said = what;
        said.text = told;
        return time_out(message, piece, said);
    }
    // With the host: that is what people ask for first.
    const auto with_host = [&](const std::string& name, const std::string& address) {
        return name.empty() || address.empty() ? what.text : "H=" + name + " [" + address + "]: " + what.text;
    };
    const auto reason = with_host(what.host_name, what.host_address);
    const auto& tried = context.reply.host_failures;
    defer(message, piece, what.host_name.empty() && !tried.empty() ? with_host(tried.back().name, tried.back().address) : reason,
          verdict.next_try, key);
    piece.told = is_local ? told : reason;
}

// Whose fault it was decides which clock runs: the host's, the message's at that host, or the address's.
RetryVerdict Settle::judge(Message& message, const Piece& piece, const delivery::Outcome& what,
                           Context& context, std::string& key)
{
    const auto error_name = precise_error_name(what.error_name, what.smtp_code);
    Failing failing{.error_name = error_name,
                    .error_number = what.error_number,
                    .text = what.text,
                    .sender = message.envelope.sender,
                    .received = core_.received(message),
                    .answers = message.retry_answers.get()};
    if (context.group.agent == Agent::local) {
        failing.key = local_retry_key(piece);
        failing.is_message_error = error_name.starts_with("quota");
    } else if (what.host_error && context.hosts.any) {
        key = context.hosts.key;
        return {.timed_out = context.hosts.all_timed_out, .next_try = context.hosts.next_try};
    } else if (what.message_error && context.with_message.any) {
        key = context.with_message.key;
        return {.timed_out = context.with_message.all_timed_out, .next_try = context.with_message.next_try};
    } else if (what.message_error && !what.host_name.empty()) {
        failing.key =
            host_message_key(host_key_of(context.group.request.instruction, what.host_name, what.host_address, what.host_port),
                             message.id.view());
        failing.subject = what.host_name;
        failing.alternate = piece.domain;
        failing.is_message_error = true;
    } else if (what.host_error) {
        failing.key = "T:" + piece.address; // no host to blame: none was found
    } else {
        const bool with_sender =
            option_of(context.group.request.instruction, "address_retry_include_sender") != "false";
        failing.key =
            with_sender ? address_key(piece.address, message.envelope.sender) : routing_key(piece.address);
        failing.subject = piece.address;
    }
    if (failing.subject.empty())
        failing.subject = subject_of_key(failing.key);
    key = failing.key;
    auto verdict = core_.book->failed(failing);
    // A host that was left out, for its time has not come, may take it yet.
    if (!std::ranges::all_of(context.handed.skipped, &SkippedHost::expired))
        verdict.timed_out = false;
    return verdict;
}

void Settle::time_out(Message& message, Piece& piece, const delivery::Outcome& what)
{
    message.timed_out.push_back(static_cast<std::uint32_t>(&piece - message.pieces.data()));
    auto said = what;
    const bool has_words = !what.text.empty() && what.text != system_error_text(number_of(what, false));
    said.text = has_words ? what.text + ": " + std::string(timeout_text) : std::string(timeout_text);
    piece.timed_out = true;
    fail(message, piece, said);
    piece.failure->smtp_reply = smtp_reply_in(what.text, what.smtp_code);
    ++core_.counters.failures;
    settled(message, piece, PieceState::failed);
}

void Settle::tell_timed_out(Message& message)
{
    while (!message.timed_out.empty()) {
        auto& piece = message.pieces[message.timed_out.back()];
        message.timed_out.pop_back();
        piece.failed_as = ++message.failures;
        delivery::Outcome what;
        what.text = piece.failure->text;
        what.host_name = piece.failure->remote_mta;
        say_failed(message, piece, what, timed_out_line(core_.selector, message.id.view(), line_address(message, piece)));
    }
}

void Settle::defer(Message& message, Piece& piece, std::string_view text, std::int64_t next_try,
                   std::string_view key)
{
    piece.reason = piece.told = text;
    piece.failed_as = ++message.failures;
    piece.next_try = next_try;
    piece.waits_for = key.empty() ? 0 : RetryBook::mark(key);
    settled(message, piece, PieceState::deferred);
}

}
