#include "qmgr/operators.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/message_id.h"
#include "common/spool/fields.h"
#include "qmgr/events.h"
#include "qmgr/log_lines.h"

namespace gp::qmgr {
namespace {

constexpr std::uint32_t largest_page = 2000;
constexpr std::size_t most_ids_of_users = 100;   // in one -Mc or -M
constexpr std::size_t most_runs_of_users = 200;  // in progress, before another one is refused
constexpr std::size_t readers = 64; // envelopes of a page that are asked for at once

Error not_allowed(std::string_view what)
{
    return permanent("only an administrator may " + std::string(what));
}

std::string about(const QueueId& id, std::string_view what)
{
    return "Message " + id.text() + " " + std::string(what);
}

bool is_plain_address(std::string_view address)
{
    const auto at = address.rfind('@');
    if (at == std::string_view::npos || at == 0 || at + 1 == address.size() || address.size() > 1000)
        return false;
    return std::ranges::all_of(address, [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte > ' ' && byte != 127 && c != '<' && c != '>';
    });
}

}

// One message that an order is about. It is claimed while the order is obeyed: nothing else touches it.
struct Operator::Subject {
    QueueId id;
    const Operate& whole;
    mail::Envelope envelope;
    std::string who = {};
    std::optional<Attempt> then = std::nullopt; // an attempt that follows
};

struct Operator::Order {
    std::string_view name;
    Result<std::string> (Operator::*run)(Subject& subject);
    enum { by_admin, by_owner_too } allowed = by_admin;
    enum { no_arguments, with_arguments } arguments = no_arguments;
};

const Operator::Order Operator::orders[] = {
    // clang-format off
    {"retry",              &Operator::retry},
    {"hold",               &Operator::hold},
    {"release",            &Operator::release},
    {"remove",             &Operator::remove,             Order::by_owner_too},
    {"give_up",            &Operator::give_up},
    {"add_recipient",      &Operator::add_recipient,      Order::by_admin, Order::with_arguments},
    {"mark_delivered",     &Operator::mark_delivered,     Order::by_admin, Order::with_arguments},
    {"mark_all_delivered", &Operator::mark_all_delivered},
    {"edit_sender",        &Operator::edit_sender,        Order::by_admin, Order::with_arguments},
    {"set_queue",          &Operator::set_queue,          Order::by_admin, Order::with_arguments},
    // clang-format on
};

void Operator::wait_until_idle()
{
    while (busy_ > 0)
        idle_.wait(event::Deadline::never());
    abandon_import();
}

// Just after a start the queue is still being read: half of it would be a wrong answer.
gp::Status Operator::wait_for_whole_queue() const
{
    constexpr Duration pause{10};
    const auto until = core_.answer_deadline();
    while (!core_.has_whole_queue) {
        if (until.expired())
            return temporary("the queue is still being read from the spool; try again");
        event::sleep_for(pause);
    }
    return {};
}

// --- looking ---

Listed Operator::listed(const QueueId& id, const IndexEntry& entry) const
{
    Listed message;
    message.id = id.text();
    message.size = entry.size;
    message.received = entry.received;
    message.next_try = entry.next_try;
    message.frozen = entry.frozen;
    message.active = entry.state == State::active || entry.state == State::leased;
    message.attempted = entry.attempted;
    message.reason = core_.index.reasons.word(entry.reason);
    message.queue = core_.index.queues.word(entry.queue);
    return message;
}

void Operator::add_envelope(Listed& message, const mail::Envelope& envelope) const
{
    message.sender = envelope.sender;
    message.recipients = envelope.recipients;
    message.queue = envelope.queue;
    message.done_children = envelope.done_children;
    if (envelope.sender_set_by_caller && !envelope.origin.trusted) // -bp shows who really sent it
        message.login = envelope.origin.login;
}

Result<ListReply> Operator::answer(const List& question, ipc::Channel&)
{
    const Busy busy{*this};
    TRY(wait_for_whole_queue());
    ListReply page;
    QueueId at{question.after};
    do {
        page = read_page(at, question);
    } while (page.messages.empty() && page.more);
    return page;
}

// The entries behind `at`, which moves on; of those, what the caller may see.
ListReply Operator::read_page(QueueId& at, const List& question)
{
    const bool sees_all = caller_.may_list_all(core_.parameters);
    const auto most = std::clamp<std::uint32_t>(question.most, 1, largest_page);
    ListReply page;
    auto next = core_.index.after(at);
    for (; next != core_.index.end() && page.messages.size() < most; ++next) {
        at = next->first;
        if (!question.one_queue || core_.index.queues.word(next->second.queue) == question.queue)
            page.messages.push_back(listed(next->first, next->second));
    }
    page.more = next != core_.index.end();
    if (question.brief && sees_all)
        return page;
    fill_envelopes(page);
    // What is gone meanwhile, or not the caller's, has no recipients.
    std::erase_if(page.messages, [](const Listed& message) { return message.recipients.empty(); });
    return page;
}

// Envelopes come from the active set, or from spoold, many at once.
void Operator::fill_envelopes(ListReply& page)
{
    struct Shared {
        std::size_t next = 0, running = 0;
        event::Notice done;
    } shared;
    const bool sees_all = caller_.may_list_all(core_.parameters);
    const auto take = [&](Listed& message, const mail::Envelope& envelope) {
        if (sees_all || caller_.owns(envelope))
            add_envelope(message, envelope);
    };
    const auto reader = [&] {
        while (shared.next < page.messages.size()) {
            auto& message = page.messages[shared.next++];
            const auto* entry = core_.index.find(QueueId{message.id});
            const auto* active = entry ? core_.find(entry->active) : nullptr;
            if (active && active->has_envelope) {
                take(message, active->envelope);
                continue;
            }
            auto stored =
                core_.links.spoold.call(spoold::GetEnvelope{.id = message.id}, core_.answer_deadline());
            if (!stored)
                continue;
            if (auto envelope = spool::decode_envelope(stored->entry.envelope))
                take(message, *envelope);
        }
        if (--shared.running == 0)
            shared.done.notify();
    };
    const auto wanted = std::min(readers, page.messages.size());
    for (std::size_t i = 0; i < wanted; ++i) {
        ++shared.running;
        if (!event::Loop::current().spawn("list", reader))
            --shared.running;
    }
    while (shared.running > 0)
        shared.done.wait(event::Deadline::never());
}

Result<ShowReply> Operator::answer(const Show& question, ipc::Channel&)
{
    const Busy busy{*this};
    const QueueId id{question.id};
    auto stored = TRY(desk_.recorder.envelope(id, question.content));
    ShowReply reply;
    reply.envelope = TRY(spool::decode_envelope(stored.entry.envelope));
    if (!caller_.may_list_all(core_.parameters) && !caller_.owns(reply.envelope))
        return not_allowed("see a message of somebody else");
    const auto* entry = core_.index.find(id);
    reply.message =
        listed(id, entry ? *entry : IndexEntry{.size = stored.entry.size, .received = stored.entry.received});
    add_envelope(reply.message, reply.envelope);
    if (!question.content)
        return reply;
    if (!caller_.is_admin && !caller_.owns(reply.envelope))
        return not_allowed("read a message of somebody else");
    reply.headers = std::move(stored.headers);
    auto channel = TRY(core_.links.spoold.pick(core_.answer_deadline()));
    const spoold::Fetch fetch{.id = question.id, .ticket = stored.entry.ticket};
    auto fetched = TRY(channel->call(fetch, core_.answer_deadline()));
    channel->send(spoold::Release{.id = fetch.id, .ticket = fetch.ticket});
    reply.body = std::move(fetched.body);
    reply.large = std::move(fetched.large);
    return reply;
}

Result<StatusReply> Operator::answer(const Status&, ipc::Channel&)
{
    const Busy busy{*this};
    TRY(wait_for_whole_queue());
    StatusReply reply;
    reply.messages = core_.index.size();
    reply.active = core_.active.size();
    for (auto at = core_.index.after(QueueId{}); at != core_.index.end(); ++at) {
        reply.frozen += at->second.frozen;
        reply.deferred += !at->second.frozen && at->second.attempted && at->second.state != State::active;
    }
    reply.deliveries = core_.counters.deliveries;
    reply.deferrals = core_.counters.deferrals;
    reply.failures = core_.counters.failures;
    return reply;
}

Result<ipc::Done> Operator::answer(const Watch&, ipc::Channel& from)
{
    core_.spectators.add(caller_.uid, from.shared_from_this());
    return ipc::Done{};
}

Result<ipc::Done> Operator::answer(const Note& note, ipc::Channel&)
{
    if (!caller_.is_admin)
        return not_allowed("write to the log");
    log::main(escape(note.text));
    return ipc::Done{};
}

// --- runs ---

Result<RunReply> Operator::answer(const Run& order, ipc::Channel&)
{
    const Busy busy{*this};
    TRY(wait_for_whole_queue());
    if (order.pretend && !caller_.is_admin) // it throws away what others sent (manual 5.3, -N)
        return not_allowed("run the queue with -N");
    const bool only_waits = !order.ids.empty() && !order.force && !order.thaw;
    if (!only_waits && !caller_.may_prod(core_.parameters))
        return not_allowed("run the queue");
    for (const auto& id : order.ids)
        if (!mail::is_message_id(id))
            return permanent("malformed message id " + escape(id));
    QueueRuns::Permit permit;
    if (only_waits && !caller_.may_prod(core_.parameters)) {
        if (order.ids.size() > most_ids_of_users || desk_.runs.running() >= most_runs_of_users)
            return temporary("too many messages are asked for at once");
        // Asked again when one arrives meanwhile, also after this connection has ended.
        permit = [caller = caller_, &recorder = desk_.recorder](const QueueId& id) {
            auto stored = recorder.envelope(id);
            if (!stored)
                return stored.error().cause == Cause::not_found; // delivered meanwhile
            auto envelope = spool::decode_envelope(stored->entry.envelope);
            return envelope && caller.owns(*envelope);
        };
        for (const auto& id : order.ids)
            if (core_.index.find(QueueId{id}) && !permit(QueueId{id}))
                return not_allowed("deliver a message of somebody else");
    }
    if (core_.borrow && !order.joins_only && (!only_waits || order.prompt))
        TRY(core_.borrow(order.ids));
    if (order.wait)
        return desk_.runs.run(order, permit);
    TRY(event::Loop::current().spawn("queue run", [runs = &desk_.runs, order, permit] { runs->run(order, permit); }));
    return RunReply{};
}

// --- orders ---

Result<OperateReply> Operator::answer(const Operate& order, ipc::Channel&)
{
    const Busy busy{*this};
    const auto known = std::ranges::find(orders, order.order, &Order::name);
    if (known == std::end(orders))
        return permanent("\"" + escape(order.order) + "\" is no order");
    if (known->arguments == Order::with_arguments && order.arguments.empty())
        return permanent("\"" + order.order + "\" needs an argument");
    OperateReply reply;
    for (const auto& text : order.ids) {
        const QueueId id{text};
        auto line = mail::is_message_id(text)
                        ? obey(*known, order, id)
                        : Result<std::string>(permanent("malformed message id " + escape(text)));
        if (!line)
            ++reply.failed;
        auto said = line ? *line : line.error().text;
        if (!said.empty())
            reply.lines.push_back(std::move(said));
    }
    return reply;
}

// The message is claimed from here to the end of the order, then put back into its place or sent on its way.
Result<std::string> Operator::obey(const Order& order, const Operate& whole, const QueueId& id)
{
    TRY(is_allowed(order, id)); // an order that is refused must leave the message as it is
    auto* entry = core_.index.find(id);
    if (!entry)
        return permanent("Spool data file for " + id.text() + " does not exist");
    if (entry->state == State::active || entry->state == State::leased)
        return temporary(about(id, "is being delivered: its status is not altered"));
    const auto before = entry->state;
    entry->state = State::active;
    std::optional<Attempt> then;
    auto line = obey_claimed(order, whole, id, then);
    entry = core_.index.find(id);
    if (!entry)
        return line;
    entry->state = State::waiting;
    if (then)
        desk_.admission.due(id, *entry, std::move(*then));
    else if (before != State::waiting && !entry->frozen)
        desk_.admission.due(id, *entry, {.queue_run = entry->attempted, .quiet = true});
    return line;
}

gp::Status Operator::is_allowed(const Order& order, const QueueId& id)
{
    if (caller_.is_admin || !core_.index.find(id))
        return {};
    if (order.allowed == Order::by_owner_too) {
        const auto stored = TRY(desk_.recorder.envelope(id));
        if (caller_.owns(TRY(spool::decode_envelope(stored.entry.envelope))))
            return {};
    }
    return not_allowed("do this to " + id.text());
}

Result<std::string> Operator::obey_claimed(const Order& order, const Operate& whole, const QueueId& id,
                                           std::optional<Attempt>& then)
{
    auto stored = desk_.recorder.envelope_soon(id);
    auto envelope = stored ? spool::decode_envelope(stored->entry.envelope) : Result<mail::Envelope>(stored.error());
    const bool is_lost = !envelope && envelope.error().cause == Cause::other && order.run == &Operator::remove;
    if (!envelope && !is_lost)
        return envelope.error();
    if (is_lost) // damaged on the disk: what is left of it can go
        log::warning(id.text() + ": " + envelope.error().text);
    Subject subject{.id = id, .whole = whole, .envelope = is_lost ? mail::Envelope{} : std::move(envelope).take()};
    if (const auto* entry = core_.index.find(id); entry && is_lost)
        subject.envelope.received = entry->received;
    subject.who = name_of(whole, subject.envelope);
    auto line = (this->*order.run)(subject);
    then = std::move(subject.then);
    return line;
}

// An administrator is believed about his name; everybody else is who he was when he sent the message.
std::string Operator::name_of(const Operate& order, const mail::Envelope& envelope) const
{
    if (!caller_.is_admin)
        return envelope.origin.login.empty() ? "uid " + std::to_string(caller_.uid) : envelope.origin.login;
    if (!order.who.empty())
        return order.who;
    return caller_.uid == 0 ? "root" : "uid " + std::to_string(caller_.uid);
}

gp::Status Operator::write(const spoold::Record& record)
{
    return desk_.recorder.write(record);
}

gp::Status Operator::rewrite(Subject& subject)
{
    return write({.kind = spoold::Record::Kind::envelope,
                  .id = subject.id.text(),
                  .envelope = spool::encode_envelope(subject.envelope)});
}

Result<std::string> Operator::retry(Subject& subject)
{
    subject.then = Attempt{.forced = true, .thaw = true, .override_queue_only = true};
    return about(subject.id, "is being tried now");
}

// A thaw by hand counts for system filters, until the message is frozen by hand (manual 47.5).
gp::Status Operator::note_thaw(Subject& subject, bool is_thawed)
{
    if (subject.envelope.manual_thaw == is_thawed)
        return {};
    subject.envelope.manual_thaw = is_thawed;
    return write({.kind = spoold::Record::Kind::envelope, .id = subject.id.text(), .envelope = spool::encode_envelope(subject.envelope)});
}

Result<std::string> Operator::hold(Subject& subject)
{
    if (subject.envelope.frozen)
        return permanent(about(subject.id, "is already frozen"));
    TRY(note_thaw(subject, false));
    TRY(write({.kind = spoold::Record::Kind::frozen, .id = subject.id.text(), .frozen = true}));
    if (auto* entry = core_.index.find(subject.id))
        entry->frozen = true;
    log::main(remark_line(subject.id.view(), "frozen by " + subject.who));
    return about(subject.id, "is now frozen");
}

Result<std::string> Operator::release(Subject& subject)
{
    if (!subject.envelope.frozen)
        return permanent(about(subject.id, "is not frozen"));
    TRY(note_thaw(subject, true));
    TRY(write({.kind = spoold::Record::Kind::frozen, .id = subject.id.text(), .frozen = false}));
    if (auto* entry = core_.index.find(subject.id))
        entry->frozen = false;
    log::main(remark_line(subject.id.view(), "unfrozen by " + subject.who));
    return about(subject.id, "is no longer frozen");
}

Result<std::string> Operator::remove(Subject& subject)
{
    TRY(write({.kind = spoold::Record::Kind::message_done, .id = subject.id.text()}));
    core_.index.erase(subject.id);
    if (core_.parameters.raises_events)
        tell_of_removal(core_, subject.envelope, subject.who);
    log::main(remark_line(subject.id.view(), "removed by " + subject.who));
    log::main(
        completed_line(core_.selector, subject.id.view(), core_.on_queue(subject.envelope)));
    return about(subject.id, "has been removed");
}

Result<std::string> Operator::give_up(Subject& subject)
{
    subject.then =
        Attempt{.thaw = true, .thaw_told = true, .override_queue_only = true, .cancelled_by = subject.who};
    return std::string{};
}

Result<std::string> Operator::add_recipient(Subject& subject)
{
    for (const auto& address : subject.whole.arguments)
        if (!is_plain_address(address))
            return permanent("- error while adding recipient: \"" + escape(address) +
                             "\" is no address with a domain");
    for (const auto& address : subject.whole.arguments)
        subject.envelope.recipients.push_back({.address = address});
    TRY(rewrite(subject));
    for (const auto& address : subject.whole.arguments)
        log::main(remark_line(subject.id.view(), "recipient <" + address + "> added by " + subject.who));
    return about(subject.id, "has been modified");
}

Result<std::string> Operator::mark(Subject& subject, const std::vector<std::uint32_t>& recipients)
{
    TRY(write(
        {.kind = spoold::Record::Kind::recipients_done, .id = subject.id.text(), .recipients = recipients}));
    for (const auto index : recipients)
        log::main(remark_line(subject.id.view(), "address <" + subject.envelope.recipients[index].address +
                                                     "> marked delivered by " + subject.who));
    return about(subject.id, "has been modified");
}

Result<std::string> Operator::mark_delivered(Subject& subject)
{
    std::vector<std::uint32_t> marked;
    const auto& recipients = subject.envelope.recipients;
    for (const auto& address : subject.whole.arguments) {
        const auto at = std::ranges::find(recipients, address, &mail::Recipient::address);
        if (at == recipients.end())
            return permanent(about(subject.id, "- error while marking as delivered: " + escape(address) +
                                                   " is not a recipient: message not updated"));
        marked.push_back(static_cast<std::uint32_t>(at - recipients.begin()));
    }
    return mark(subject, marked);
}

Result<std::string> Operator::mark_all_delivered(Subject& subject)
{
    std::vector<std::uint32_t> marked;
    for (std::uint32_t i = 0; i < subject.envelope.recipients.size(); ++i)
        if (!subject.envelope.recipients[i].done)
            marked.push_back(i);
    return mark(subject, marked);
}

Result<std::string> Operator::edit_sender(Subject& subject)
{
    const auto& sender = subject.whole.arguments.front();
    if (sender != "<>" && !is_plain_address(sender))
        return permanent("- error while changing sender: \"" + escape(sender) +
                         "\" is no address with a domain");
    subject.envelope.sender = sender == "<>" ? std::string{} : sender;
    TRY(rewrite(subject));
    log::main(remark_line(subject.id.view(),
                          "sender address changed to <" + subject.envelope.sender + "> by " + subject.who));
    return about(subject.id, "has been modified");
}

Result<std::string> Operator::set_queue(Subject& subject)
{
    subject.envelope.queue = subject.whole.arguments.front();
    TRY(rewrite(subject));
    if (auto* entry = core_.index.find(subject.id))
        entry->queue = core_.index.queues.number(subject.envelope.queue);
    return about(subject.id, "has been moved to queue \"" + escape(subject.envelope.queue) + "\"");
}

}
