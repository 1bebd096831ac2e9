#include "qmgr/routing.h"

#include <algorithm>
#include <utility>

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/notes.h"
#include "common/spool/fields.h"
#include "qmgr/error_names.h"
#include "qmgr/load.h"
#include "qmgr/retry_questions.h"
#include "qmgr/turned.h"

namespace gp::qmgr {
namespace {

constexpr std::size_t recipients_in_a_question = 500;

router::Route route_request(const Message& message, const std::vector<std::uint32_t>& recipients, const Seen& seen)
{
    router::Route request;
    request.message_id = message.id.text();
    request.sender = message.envelope.sender;
    request.origin = message.envelope.origin;
    request.variables = message.envelope.variables;
    if (message.attempt.turned)
        for (auto& variable : message.attempt.turned->variables())
            request.variables.push_back(std::move(variable));
    request.size = message.shown_size();
    request.received = message.received;
    request.headers = seen.headers;
    request.body_start = seen.body_start;
    request.body_end = seen.body_end;
    request.body_lines = message.envelope.body_lines;
    request.longest_line = message.envelope.longest_line;
    request.queue_run = message.attempt.queue_run;
    request.forced = message.attempt.forced;
    request.first = message.first;
    request.thawed = message.envelope.manual_thaw;
    request.header_steps = message.envelope.header_steps;
    if (message.filtered)
        request.filter_numbers = message.filtered->numbers;
    for (const auto index : recipients)
        request.targets.push_back({.index = index, .address = message.envelope.recipients[index].address});
    return request;
}

}

bool Routing::adopt(Message& message, const spoold::Entry& entry)
{
    if (!spool::decode_envelope(entry.envelope, message.envelope)) {
        message.envelope = {}; // no part of what cannot be read whole
        return false;
    }
    message.ticket = entry.ticket;
    message.size = entry.size;
    message.lines = entry.lines;
    message.received = entry.received;
    message.uncertain = message.uncertain || entry.uncertain;
    message.open.assign(message.envelope.recipients.size(), 0);
    for (const auto& recipient : message.envelope.recipients)
        message.recorded.push_back(recipient.done);
    message.has_envelope = true;
    return true;
}

bool Routing::is_put_off(const Message& message) const
{
    const auto& attempt = message.attempt;
    if (message.envelope.frozen && !attempt.thaw)
        return true;
    return message.envelope.queue_only && !attempt.queue_run && !attempt.forced &&
           !attempt.override_queue_only;
}

// Its envelope, where we do not have it yet, and what router wants to see of its text.
gp::Result<Seen> Routing::read_message(Message& message, bool with_headers)
{
    auto reply = TRY(recorder_.envelope(message.id, with_headers, core_.parameters.routing_body_octets));
    if (!message.has_envelope && !adopt(message, reply.entry))
        return permanent("its envelope cannot be read");
    return Seen{std::move(reply.headers), std::move(reply.body_start), std::move(reply.body_end)};
}

// What an operator wants removed; also what came before the mail of its account was deleted, and was not judged then.
bool Routing::is_unwanted(Message& message)
{
    const auto& attempt = message.attempt;
    const bool is_order = (attempt.forced && !attempt.turned) || attempt.thaw || message.envelope.manual_thaw;
    if (message.removed_by.empty() && message.first && !message.envelope.frozen && !is_order)
        message.removed_by = core_.accounts.deleted_by(SentBy::of(message.envelope), message.received);
    return !message.removed_by.empty();
}

// The message stays where it is while we prepare it, so references to it outlive suspensions here.
Routing::Result Routing::prepare(std::uint64_t number)
{
    Message& message = *core_.find(number);
    Seen seen;
    if (!message.has_envelope || core_.parameters.routing_needs_headers) {
        auto read = read_message(message, core_.parameters.routing_needs_headers);
        if (!read && (core_.stopping || read.error().cause == Cause::not_found))
            return Result::gone;
        if (!read) {
            log::alarm(message.id.text() + ": " + read.error().text);
            return Result::broken;
        }
        seen = std::move(*read);
    }
    core_.count_recipients(message);
    if (is_put_off(message) || is_unwanted(message))
        return Result::put_off;
    if (hold_back(message))
        return message.freeze ? Result::ready : Result::slowed;
    if (message.envelope.frozen)
        thaw(message);
    if (message.attempt.pretend && !message.envelope.dont_deliver)
        message.envelope.dont_deliver = message.is_edited = true;
    if (!message.attempt.cancelled_by.empty()) {
        give_up(message);
        return Result::ready;
    }
    const auto most = core_.parameters.received_headers_max;
    if (most != 0 && message.envelope.received_count > most) {
        stop_loop(message);
        return Result::ready;
    }
    if (core_.parameters.events_need_headers)
        message.headers = seen.headers;
    Grouping grouping{message};
    if (!core_.parameters.has_system_filter || filtering_.run(message, route_request(message, {}, seen)))
        route_all(message, grouping, seen);
    filtering_.add_own(message, grouping);
    ask_retry_lists(core_, message, [&] { return retry_subjects_of_deliveries(core_, message); });
    return Result::ready;
}

void Routing::route_all(Message& message, Grouping& grouping, Seen& seen)
{
    std::vector<std::uint32_t> due;
    if (message.attempt.queue_run && !message.attempt.forced && core_.book->size() > 0)
        ask_retry_lists(core_, message, [&] { return retry_subjects_of_recipients(core_, message); });
    collect(message, grouping, due);
    for (std::size_t at = 0; at < due.size() && !message.troubled; at += recipients_in_a_question) {
        const auto from = due.begin() + static_cast<std::ptrdiff_t>(at);
        const auto count = std::min(recipients_in_a_question, due.size() - at);
        ask(message, grouping, {from, from + static_cast<std::ptrdiff_t>(count)}, seen);
    }
    ask_retry_lists(core_, message, [&] { return retry_subjects_of(grouping.unplaced); });
    settle_unrouted(message, grouping);
    grouping.put_in_order();
}

// An account that is held or slowed; what an operator forces is not kept back. A message waits for its turn once.
bool Routing::hold_back(Message& message)
{
    const auto& attempt = message.attempt;
    const bool is_order = (attempt.forced && !attempt.turned) || (attempt.thaw && !attempt.thaw_told);
    if (!core_.accounts.any_stopped() || is_order || !attempt.cancelled_by.empty())
        return false;
    auto& entry = *core_.index.find(message.id);
    const bool waited = entry.turn != AccountTurn::none;
    const auto verdict = core_.accounts.verdict(SentBy::of(message.envelope), !waited);
    if (waited && verdict.state != Accounts::State::held)
        entry.turn = AccountTurn::over;
    if (verdict.state == Accounts::State::normal || (verdict.state == Accounts::State::slowed && waited))
        return false;
    if (verdict.state == Accounts::State::slowed) {
        const bool must_wait = verdict.at > core_.clock.seconds();
        entry.turn = must_wait ? AccountTurn::awaited : AccountTurn::over;
        message.attempt.slowed_for = must_wait ? verdict.name : std::string{};
        message.slowed_until = verdict.at;
        return must_wait;
    }
    message.freeze = true;
    message.freeze_line = "Frozen: account " + escape(verdict.name) + " is held";
    message.held_for = verdict.name;
    mail::remove_note(message.envelope, mail::note_held_for);
    mail::add_note(message.envelope, mail::note_held_for, verdict.name);
    message.is_edited = true;
    return true;
}

void Routing::thaw(Message& message)
{
    if (!message.attempt.thaw_told)
        core_.say(message, remark_line(message.id.view(), "Unfrozen by forced delivery"));
    message.envelope.frozen = false;
    if (!message.attempt.thaw_told) { // an order, and no timer: system filters do not freeze it again
        message.envelope.manual_thaw = true;
        message.is_edited = true;
    }
    if (auto* entry = core_.index.find(message.id))
        entry->frozen = false;
    const spoold::Record record{
        .kind = spoold::Record::Kind::frozen, .id = message.id.text(), .frozen = false};
    if (auto written = recorder_.write(record); !written)
        log::warning(record.id + ": thawing: " + written.error().text);
}

// -Mg and timeout_frozen_after: no attempt, every recipient that is left fails. What nobody sent is
// forgotten.
void Routing::give_up(Message& message)
{
    const auto line = remark_line(message.id.view(), "cancelled by " + message.attempt.cancelled_by);
    core_.say_surely(line);
    core_.spectators.show(message.envelope, line);
    for (std::uint32_t i = 0; i < message.envelope.recipients.size(); ++i) {
        if (message.is_done(i))
            continue;
        auto& piece = message.add_piece(i, message.envelope.recipients[i].address);
        settle_.cancelled(message, piece);
    }
}

// Manual 14.23, received_headers_max: our own header counts too. What goes round much longer is refused on arrival.
void Routing::stop_loop(Message& message)
{
    for (std::uint32_t i = 0; i < message.envelope.recipients.size(); ++i)
        if (!message.is_done(i))
            settle_.unrouted(message, i,
                             {.why = router::Unrouted::Why::failed,
                              .address = message.envelope.recipients[i].address,
                              .text = "Too many \"Received\" headers - suspected mail loop"});
}

// The recipients whose routes must be asked for; those with a kept answer are taken care of at once.
void Routing::collect(Message& message, Grouping& grouping, std::vector<std::uint32_t>& due)
{
    for (std::uint32_t i = 0; i < message.envelope.recipients.size(); ++i) {
        if (message.is_done(i) || waits(message, i))
            continue;
        const auto& turned = message.attempt.turned;
        if (turned && !turned->wants(domain_of(message.envelope.recipients[i].address)))
            continue;
        const auto* kept = message.envelope.header_steps.empty() && !turned ? core_.routes.find(question(message, i)) : nullptr;
        if (kept)
            take(message, grouping, i, *kept);
        else
            due.push_back(i);
    }
}

RouteCache::Question Routing::question(const Message& message, std::uint32_t recipient) const
{
    return {.sender = message.envelope.sender,
            .recipient = message.envelope.recipients[recipient].address,
            .queue_run = message.attempt.queue_run,
            .forced = message.attempt.forced};
}

// In queue runs, routing that failed waits for its time; so does an address that a host deferred (manual 32).
bool Routing::waits(Message& message, std::uint32_t recipient)
{
    const auto& attempt = message.attempt;
    if (!attempt.queue_run || attempt.forced || core_.book->size() == 0)
        return false;
    const auto& address = message.envelope.recipients[recipient].address;
    const std::string_view sender = message.envelope.sender;
    for (const auto& key :
         {routing_key(domain_of(address)), routing_key(address), address_key(address, sender)}) {
        const auto record = core_.book->find(key);
        if (!record || record->next_try <= core_.clock.seconds())
            continue;
        if (core_.book->past_cutoff(
                {.key = key,
                 .subject = key == routing_key(domain_of(address)) ? domain_of(address) : address,
                 .error_name = record->error_name,
                 .sender = sender,
                 .received = core_.received(message),
                 .answers = message.retry_answers.get()}))
            continue;
        settle_.waits(message, message.add_piece(recipient, address), error_routing_retry,
                      "retry time not reached", record->next_try, key);
        return true;
    }
    return false;
}

void Routing::ask(Message& message, Grouping& grouping, const std::vector<std::uint32_t>& recipients,
                  Seen& seen)
{
    auto reply =
        core_.links.router.call(route_request(message, recipients, seen), core_.answer_deadline());
    if (reply && reply->wants_headers && seen.headers.empty()) {
        auto whole = read_message(message, true);
        if (whole)
            seen = std::move(*whole);
        if (seen.headers.empty())
            seen.headers = "\n"; // it has none: router would ask without end (Desk)
        reply = whole ? core_.links.router.call(route_request(message, recipients, seen), core_.answer_deadline())
                      : gp::Result<router::RouteReply>{std::move(whole).error()};
    }
    std::vector<bool> answered(message.envelope.recipients.size());
    if (reply) {
        for (auto& notice : reply->notices)
            tell(message, std::move(notice));
        for (const auto& routed : reply->recipients) {
            if (!std::ranges::binary_search(recipients, routed.index) || answered[routed.index])
                continue;
            answered[routed.index] = true;
            if (message.envelope.header_steps.empty() && !message.attempt.turned) // they are in the answer
                core_.routes.keep(question(message, routed.index), routed, reply->lifetime);
            take(message, grouping, routed.index, routed);
        }
    }
    const std::string why =
        reply ? "router said nothing about some addresses" : "router: " + reply.error().text;
    bool any = false;
    for (const auto index : recipients) {
        if (answered[index])
            continue;
        any = true;
        settle_.troubled(message, message.add_piece(index, message.envelope.recipients[index].address), why);
    }
    if (any)
        log::warning(message.id.text() + ": " + why + "; trying again soon");
    message.troubled = message.troubled || !reply;
}

// It is told again at the next attempt, while the error is there.
void Routing::tell(const Message& message, router::Notice notice)
{
    const delivery::TellOfErrors question{.id = message.id.text(), .notice = std::move(notice)};
    if (auto told = core_.links.bounce.call(question, core_.answer_deadline()); !told)
        log::warning(question.id + ": errors in redirection data could not be told to " + question.notice.to + ": " + told.error().text);
}

// A kept answer has the index of another message's recipient: `index` is this one's.
void Routing::take(Message& message, Grouping& grouping, std::uint32_t index,
                   const router::RoutedRecipient& routed)
{
    const auto& files = core_.parameters.queue_only_file;
    const bool queues_smtp = message.envelope.queue_smtp_only || (!files.empty() && is_asked_by_file(files, Queues::smtp));
    for (const auto& delivery : routed.deliveries) {
        const bool smtp_later = (queues_smtp || delivery.queue_smtp) &&
                                !message.attempt.queue_run && !message.attempt.forced;
        if (const auto& turned = message.attempt.turned) {
            take_turned(message, grouping, index, delivery, *turned);
        } else if (message.attempt.local_only && is_remote(delivery)) {
            if (!grouping.is_known(delivery.unique))
                settle_.put_off(message, index, delivery, error_unknown, "remote delivery is not wanted in this run", true);
        } else if (smtp_later && is_remote(delivery)) {
            if (grouping.is_known(delivery.unique))
                continue;
            if (queues_smtp)
                settle_.put_off(message, index, delivery, 0, "SMTP delivery explicitly queued", false);
            else
                settle_.put_off(message, index, delivery, error_unknown,
                             "first-pass only routing due to -odqs, queue_smtp_domains or control=queue", false);
        } else {
            grouping.add(index, delivery);
        }
    }
    const auto unplaced = grouping.unplaced.size();
    for (const auto& unrouted : routed.unrouted)
        if (!grouping.is_done(unrouted.unique))
            grouping.unplaced.push_back({index, unrouted});
    // All that lies below this recipient is done already, or lies below another one too.
    if (message.open[index] == 0 && grouping.unplaced.size() == unplaced)
        message.envelope.recipients[index].done = true;
}

// Over the client's own connection, or not now.
void Routing::take_turned(Message& message, Grouping& grouping, std::uint32_t index, const router::Delivery& delivery, const Turned& turned)
{
    if (is_remote(delivery) && turned.wants(delivery.domain)) {
        auto changed = delivery;
        turned.redirect(changed);
        if (grouping.add(index, changed))
            message.groups[message.pieces.back().group].turned = true;
    } else if (!grouping.is_known(delivery.unique)) {
        settle_.put_off(message, index, delivery, error_unknown, "the delivery does not go by ATRN", true);
    }
}

// In the order of Exim's lines: the recipients from the last to the first, then what aliases made of them; then what
// has a route and cannot be set up, from the first recipient to the last.
void Routing::settle_unrouted(Message& message, Grouping& grouping)
{
    auto& all = grouping.unplaced;
    const auto setups = std::stable_partition(all.begin(), all.end(), [](const Grouping::Unplaced& one) {
        return !one.what.is_setup || one.what.address.find('@') == std::string::npos;
    });
    std::reverse(all.begin(), setups);
    const auto depth = [](const Grouping::Unplaced& one) { return one.what.depth; };
    std::ranges::stable_sort(all.begin(), setups, {}, depth);
    std::ranges::stable_sort(setups, all.end(), std::ranges::greater{}, depth);
    for (const auto& one : grouping.unplaced)
        settle_.unrouted(message, one.recipient, one.what);
}

}
