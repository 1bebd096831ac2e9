// What operators see of accounts and order about them: counters, hold, release, delete.

#include <iterator>

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/notes.h"
#include "common/spool/fields.h"
#include "qmgr/operators.h"

namespace gp::qmgr {
namespace {

constexpr std::size_t most_listed = 1000;

std::uint64_t whole(double number)
{
    return static_cast<std::uint64_t>(number + 0.5);
}

AccountListed row_of(const Accounts::Account& account)
{
    return {.name = account.name,
            .state = std::string(name_of(account.state)),
            .why = account.why,
            .messages = account.messages,
            .delivered = account.delivered,
            .deferred = account.deferred,
            .failed = account.failed,
            .hour = whole(account.hour),
            .usual = whole(account.usual)};
}

}

// The messages that were frozen because of an account. Suspends for each frozen message of the queue.
std::vector<std::string> Operator::held_for(const std::string& account)
{
    std::vector<std::string> ids;
    QueueId at;
    for (auto next = core_.index.after(at); next != core_.index.end(); next = core_.index.after(at)) {
        at = next->first;
        if (!next->second.frozen)
            continue;
        const auto stored = desk_.recorder.envelope_soon(at);
        const auto envelope = stored ? spool::decode_envelope(stored->entry.envelope) : Result<mail::Envelope>(stored.error());
        const auto* held = envelope ? mail::find_note(*envelope, mail::note_held_for) : nullptr;
        if (held && *held == account)
            ids.push_back(at.text());
    }
    return ids;
}

Result<AccountsReply> Operator::answer(const AskAccounts& question, ipc::Channel& from)
{
    const Busy busy{*this};
    if (!caller_.is_admin)
        return permanent("only an administrator may look at accounts");
    AccountsReply reply;
    if (question.order.empty()) {
        for (const auto& account : core_.accounts.all()) {
            if (reply.accounts.size() == most_listed)
                break;
            reply.accounts.push_back(row_of(account));
        }
        return reply;
    }
    const bool holds = question.order == "hold";
    if (!holds && question.order != "release" && question.order != "delete")
        return permanent("\"" + escape(question.order) + "\" is no order for an account");
    TRY(wait_for_whole_queue());
    const bool deletes = question.order == "delete";
    if (deletes) { // before the account is normal, or they would go out
        const Operate remove{.order = "remove", .ids = desk_.admission.slowed_for(question.account), .arguments = {}, .who = question.who};
        reply.lines = std::move(TRY(answer(remove, from)).lines);
    }
    const auto who = name_of({.who = question.who}, {});
    const auto state = holds ? Accounts::State::held : Accounts::State::normal;
    if (!core_.accounts.set(question.account, state, who))
        return permanent("no account " + escape(question.account) + " is known");
    log::main("account " + escape(question.account) + (holds ? " held by " : " released by ") + escape(who));
    if (holds)
        return reply;
    desk_.admission.release(question.account);
    const auto ids = held_for(question.account);
    const Operate order{.order = deletes ? "remove" : "release", .ids = ids, .arguments = {}, .who = question.who};
    auto done = TRY(answer(order, from));
    reply.lines.insert(reply.lines.end(), std::make_move_iterator(done.lines.begin()), std::make_move_iterator(done.lines.end()));
    if (!deletes) // and on their way, without waiting for a queue run
        for (const auto& id : ids)
            if (auto* entry = core_.index.find(QueueId{id}); entry && !entry->frozen && entry->state == State::waiting)
                desk_.admission.due(QueueId{id}, *entry, {.override_queue_only = true});
    return reply;
}

}
