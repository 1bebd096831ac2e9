#include "qmgr/intake.h"

#include <algorithm>
#include <utility>

#include "common/log/log.h"
#include "common/mail/envelope.h"
#include "common/mail/message_id.h"
#include "common/mail/notes.h"
#include "common/spool/fields.h"
#include "common/spool/index.h"

namespace gp::qmgr {
namespace {

constexpr std::uint32_t page_size = 10000;
constexpr Duration page_pause{50};
constexpr std::size_t most_to_tell = 1000; // frozen messages of which somebody is to be told

struct VariablesOnly {
    std::vector<mail::Variable> variables;
    static void fields(auto& self, auto&& field) { field("variables", self.variables); }
};

}

void Intake::notice(const spoold::Arrived& message, ipc::Channel&)
{
    for (const auto& told : message.entries) {
        take(told);
        if (told.frozen && !told.envelope.empty() && !core_.parameters.freeze_tell.empty())
            tell_of_frozen(told);
    }
    core_.kick();
}

void Intake::tell_of_frozen(const spoold::Entry& told)
{
    const auto wishes = spool::read_fields<VariablesOnly>(told.envelope);
    if (!wishes || std::ranges::none_of(wishes->variables, [](const mail::Variable& one) { return one.name == mail::note_freeze_tells; }))
        return;
    if (to_tell_.size() >= most_to_tell)
        return log::warning(told.id + ": freeze_tell: too many messages are frozen at once");
    to_tell_.push_back(told);
    if (core_.freeze_notices.size() >= most_to_tell)
        core_.freeze_notices.erase(core_.freeze_notices.begin());
    core_.freeze_notices[QueueId{told.id}] = {};
    if (std::exchange(telling_, true))
        return;
    auto spawned = event::Loop::current().spawn("freeze_tell", [this] {
        for (; !to_tell_.empty() && !core_.stopping; to_tell_.pop_front()) {
            const QueueId id{to_tell_.front().id};
            const auto report = reports_.frozen_on_arrival(to_tell_.front());
            if (report.empty())
                core_.freeze_notices.erase(id);
            else
                core_.freeze_notices[id] = report;
        }
        telling_ = false;
    });
    if (spawned)
        return;
    telling_ = false;
    log::alarm("freeze_tell: " + spawned.error().text);
}

void Intake::notice(const spoold::Logged& message, ipc::Channel&)
{
    log::main(message.line);
}

void Intake::notice(const spoold::Released& message, ipc::Channel&)
{
    lease_ended(QueueId{message.id}, message.uncertain);
}

Result<spoold::Recalled> Intake::answer(const spoold::Recall& wanted, ipc::Channel&)
{
    while (!core_.has_whole_queue && !core_.stopping) // there may be more of them
        event::sleep_for(page_pause);
    if (core_.stopping)
        return temporary("the queue manager is being stopped");
    spoold::Recalled gone;
    const auto take = [&](Index::Map::iterator at) {
        if (at->second.state != State::waiting)
            return std::next(at);
        gone.ids.push_back(at->first.text());
        return core_.index.erase(at);
    };
    for (const auto& id : wanted.ids)
        if (const auto at = core_.index.at(QueueId{id}); at != core_.index.end())
            take(at);
    if (wanted.ids.empty())
        for (auto at = core_.index.after(QueueId{}); at != core_.index.end() && gone.ids.size() < wanted.most_at_once;)
            at = take(at);
    return gone;
}

gp::Status Intake::borrow(const std::vector<std::string>& ids)
{
    TRY(core_.links.spoold.call(spoold::Borrow{.ids = ids}, core_.answer_deadline()));
    reconcile(++generation_);
    return {};
}

void Intake::connected()
{
    const auto generation = ++generation_;
    auto spawned = event::Loop::current().spawn("reconcile", [this, generation] { reconcile(generation); });
    if (!spawned)
        log::alarm("reconciling with the spool: " + spawned.error().text);
}

// A newer connection makes an older walk pointless: its generation is no longer the last.
void Intake::reconcile(std::uint32_t generation)
{
    spoold::Snapshot question{.after = {}, .most = page_size};
    while (generation == generation_ && !core_.stopping) {
        auto page = core_.links.spoold.call(question, core_.answer_deadline());
        if (!page) {
            // Perhaps the question went to the process that has just died: its successor's channel may be
            // here before the end of the old one is noticed.
            if (page.error().cause != Cause::closed)
                log::warning("reading the queue: " + page.error().text);
            event::sleep_for(page_pause);
            continue;
        }
        for (const auto& told : page->entries)
            take(told, core_.borrow != nullptr); // a guest finds nothing but what it has borrowed
        core_.kick();
        if (page->more && !page->entries.empty()) {
            question.after = page->entries.back().id;
            continue;
        }
        core_.has_whole_queue = true;
        const auto forgotten =
            core_.index.forget_before(generation, [this](const QueueId& id) { leased_.erase(id); });
        if (forgotten > 0)
            log::remark(std::to_string(forgotten) +
                        " messages that were waiting are not in the spool any more");
        return;
    }
}

void Intake::take(const spoold::Entry& told, bool is_borrowed)
{
    if (!mail::is_message_id(told.id))
        return log::alarm("spoold names a message \"" + told.id + "\", which is no message id");
    const QueueId id{told.id};
    if (auto* known = core_.index.find(id)) {
        refresh(*known, told);
        return;
    }
    auto& entry = core_.index[id];
    entry.size = told.size;
    entry.lines = told.lines;
    entry.received = told.received;
    const bool is_due = told.next_try == spool::due_after_outcome;
    entry.next_try = is_due ? 0 : told.next_try;
    entry.queue = core_.index.queues.number(told.queue);
    entry.frozen = told.frozen;
    entry.uncertain = told.uncertain;
    entry.generation = generation_;
    entry.attempted = told.next_try != 0;
    if (told.leased) {
        entry.state = State::leased;
        entry.attempted = true;
        leased_.insert(id);
    } else if (is_due && !told.frozen && !is_borrowed) {
        admission_.due(id, entry, {.queue_run = true, .quiet = true});
    } else if (!entry.attempted && !is_borrowed) {
        if (core_.accounts.counts() && !told.envelope.empty())
            if (const auto sent = spool::read_fields<SentBy>(told.envelope))
                core_.accounts.arrived(*sent);
        admission_.arrived(id, entry, &told);
    }
}

// Known already: spoold was restarted, or told us twice. Tickets are new after its restart.
void Intake::refresh(IndexEntry& entry, const spoold::Entry& told)
{
    entry.generation = generation_;
    auto* message = core_.find(entry.active);
    if (message && !told.ticket.empty())
        message->ticket = told.ticket;
    if (entry.state != State::active)
        entry.frozen = told.frozen;
}

void Intake::lease_ended(const QueueId& id, bool uncertain)
{
    auto* entry = core_.index.find(id);
    if (!entry)
        return;
    entry->uncertain = entry->uncertain || uncertain;
    if (auto* message = core_.find(entry->active)) {
        message->uncertain = message->uncertain || uncertain;
        message->released.notify();
        return;
    }
    leased_.erase(id);
    if (entry->state != State::leased)
        return;
    entry->state = State::waiting;
    if (!entry->frozen)
        admission_.due(id, *entry, {.queue_run = true, .quiet = true});
}

void Intake::tick()
{
    const auto now = core_.clock.seconds();
    if (leased_.empty() || checking_ || now < next_check_)
        return;
    next_check_ = now + core_.parameters.lease_check;
    checking_ = true;
    auto spawned = event::Loop::current().spawn("leases", [this] {
        const auto ids = leased_;
        for (const auto& id : ids)
            if (!core_.stopping)
                check_lease(id);
        checking_ = false;
    });
    if (!spawned)
        checking_ = false;
}

void Intake::check_lease(const QueueId& id)
{
    auto stored = recorder_.envelope(id);
    if (!stored && stored.error().cause == Cause::not_found) {
        leased_.erase(id);
        if (const auto* entry = core_.index.find(id); entry && entry->state == State::leased)
            core_.index.erase(id);
        return;
    }
    if (stored && !stored->entry.leased)
        lease_ended(id, stored->entry.uncertain);
}

}
