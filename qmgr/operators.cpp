#include "qmgr/operators.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/message_id.h"
#include "common/spool/fields.h"
#include "qmgr/log_lines.h"
#include "qmgr/removal.h"

namespace gp::qmgr {
namespace {

constexpr std::size_t most_ids_of_users = 100;   // in one -Mc or -M
constexpr std::size_t most_runs_of_users = 200;  // in progress, before another one is refused
constexpr Duration longest_wait_for_messages{500}; // of one order, until those that are worked on are free

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

// In Exim's two lines.
Error no_address(const QueueId& id, std::string_view doing, std::string_view address)
{
    const bool has_domain = address.find('@') != std::string_view::npos;
    return permanent(about(id, "- error while " + std::string(doing) + ":\n  bad address " + escape(address) + ": " +
                                   (has_domain ? "domain missing or malformed" : "domain missing")));
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
    std::string_view doing = {}; // of one that needs an argument, for the complaint when there is none
};

const Operator::Order Operator::orders[] = {
    // clang-format off
    {"retry",              &Operator::retry},
    {"hold",               &Operator::hold},
    {"release",            &Operator::release},
    {"remove",             &Operator::remove,             Order::by_owner_too},
    {"give_up",            &Operator::give_up},
    {"add_recipient",      &Operator::add_recipient,      Order::by_admin, "adding recipient"},
    {"mark_delivered",     &Operator::mark_delivered,     Order::by_admin, "marking as delivered"},
    {"mark_all_delivered", &Operator::mark_all_delivered},
    {"edit_sender",        &Operator::edit_sender,        Order::by_admin, "editing sender"},
    {"set_queue",          &Operator::set_queue,          Order::by_admin, "moving"},
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
        if (core_.stopping)
            return temporary("the queue manager is being stopped");
        if (until.expired())
            return temporary("the queue is still being read from the spool; try again");
        event::sleep_for(pause);
    }
    return {};
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
    if (order.order == "forget")
        return forget(order);
    const auto known = std::ranges::find(orders, order.order, &Order::name);
    if (known == std::end(orders))
        return permanent("\"" + escape(order.order) + "\" is no order");
    OperateReply reply;
    const auto patience = event::Deadline::in(longest_wait_for_messages);
    for (const auto& text : order.ids) {
        const QueueId id{text};
        wait_for_its_turn(id, patience);
        auto line = Result<std::string>(permanent("malformed message id " + escape(text)));
        if (mail::is_message_id(text) && !known->doing.empty() && order.arguments.empty())
            line = permanent(about(id, "- error while " + std::string(known->doing) + ": no " +
                                           (order.order == "set_queue" ? "queue" : "address") + " given"));
        else if (mail::is_message_id(text))
            line = obey(*known, order, id);
        if (!line)
            ++reply.failed;
        const auto said = line ? *line : line.error().text;
        for (const auto one : split(said, '\n'))
            if (!one.empty())
                reply.lines.emplace_back(one);
    }
    return reply;
}

// One that waits is active for a moment when the suite starts, and while an attempt ends: an order at that moment is not
// refused for it.
void Operator::wait_for_its_turn(const QueueId& id, const event::Deadline& patience) const
{
    constexpr Duration pause{5};
    const auto* entry = core_.index.find(id);
    while (entry && entry->state == State::active && !core_.stopping && !patience.expired()) {
        event::sleep_for(pause);
        entry = core_.index.find(id);
    }
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
    if (then) {
        const bool gives_up = !then->cancelled_by.empty();
        desk_.admission.due(id, *entry, std::move(*then));
        if (gives_up && !has_ended(id))
            return temporary(about(id, "is not given up yet: it waits for its turn, or could not be (which is in the logs then)"));
    } else if (before != State::waiting && !entry->frozen) {
        desk_.admission.due(id, *entry, {.queue_run = entry->attempted, .quiet = true});
    }
    return line;
}

// Who has been told that a message is given up relies on it: that is so when its report is made and it is gone.
bool Operator::has_ended(const QueueId& id) const
{
    constexpr Duration pause{2};
    const auto until = core_.answer_deadline();
    const auto* entry = core_.index.find(id);
    while (entry && entry->state != State::waiting && entry->state != State::paused && !core_.stopping && !until.expired()) {
        event::sleep_for(pause);
        entry = core_.index.find(id);
    }
    return !entry;
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
    core_.say_surely(remark_line(subject.id.view(), "delivery forced by " + subject.who));
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
    core_.say_surely(remark_line(subject.id.view(), "frozen by " + subject.who));
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
    core_.say_surely(remark_line(subject.id.view(), "unfrozen by " + subject.who));
    return about(subject.id, "is no longer frozen");
}

Result<std::string> Operator::remove(Subject& subject)
{
    TRY(remove_message(core_, desk_.recorder, subject.id, subject.envelope, subject.who));
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
            return no_address(subject.id, "adding recipient", address);
    for (const auto& address : subject.whole.arguments)
        subject.envelope.recipients.push_back({.address = address});
    TRY(rewrite(subject));
    for (const auto& address : subject.whole.arguments)
        core_.say_surely(remark_line(subject.id.view(), "recipient <" + address + "> added by " + subject.who));
    return about(subject.id, "has been modified");
}

Result<std::string> Operator::mark(Subject& subject, const std::vector<std::uint32_t>& recipients)
{
    TRY(write(
        {.kind = spoold::Record::Kind::recipients_done, .id = subject.id.text(), .recipients = recipients}));
    for (const auto index : recipients)
        core_.say_surely(remark_line(subject.id.view(), "address <" + subject.envelope.recipients[index].address +
                                                     "> marked delivered by " + subject.who));
    return about(subject.id, "has been modified");
}

Result<std::string> Operator::mark_delivered(Subject& subject)
{
    std::vector<std::uint32_t> marked;
    const auto& recipients = subject.envelope.recipients;
    for (const auto& address : subject.whole.arguments) {
        if (!is_plain_address(address))
            return no_address(subject.id, "marking as delivered", address);
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
        return no_address(subject.id, "editing sender", sender);
    subject.envelope.sender = sender == "<>" ? std::string{} : sender;
    TRY(rewrite(subject));
    core_.say_surely(remark_line(subject.id.view(),
                          "sender address changed to <" + subject.envelope.sender + "> by " + subject.who));
    return about(subject.id, "has been modified");
}

Result<std::string> Operator::set_queue(Subject& subject)
{
    const auto before = std::exchange(subject.envelope.queue, subject.whole.arguments.front());
    TRY(rewrite(subject));
    if (auto* entry = core_.index.find(subject.id))
        entry->queue = core_.index.queues.number(subject.envelope.queue);
    // In Exim's words, whose queues are directories.
    const auto place = [](const std::string& queue) { return (queue.empty() ? std::string{} : "(" + queue + ") ") + "input, msglog"; };
    core_.say_surely(remark_line(subject.id.view(),
                          "moved from " + escape(place(before)) + " to " + escape(place(subject.envelope.queue)) + " by " + subject.who));
    return about(subject.id, "has been moved to queue \"" + escape(subject.envelope.queue) + "\"");
}

}
