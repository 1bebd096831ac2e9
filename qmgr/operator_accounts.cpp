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

// Kinds as SentBy::accounts() makes them.
bool is_account(std::string_view name)
{
    for (const std::string_view kind : {"login:", "uid:", "directory:", "client:", "domain:"})
        if (name.starts_with(kind) && name.size() > kind.size())
            return true;
    return false;
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

// What is in work of the account's mail, and is held, waits for its turn, or has not been judged: it goes when the attempt
// is over. What to tell of each.
std::vector<std::string> Operator::remove_active(const std::string& account, const std::string& who)
{
    std::vector<std::uint64_t> meant;
    for (const auto& [number, message] : core_.active) {
        const auto* held = mail::find_note(message->envelope, mail::note_held_for);
        const bool is_kept_back = message->held_for == account || message->attempt.slowed_for == account || (held && *held == account);
        const bool is_unjudged = message->has_envelope && !message->is_prepared &&
                                 core_.accounts.verdict(SentBy::of(message->envelope), false).name == account;
        if (is_kept_back || is_unjudged)
            meant.push_back(number);
    }
    std::vector<std::string> lines;
    for (const auto number : meant) {
        auto& message = *core_.find(number);
        desk_.remove_after(message, who);
        lines.push_back("Message " + message.id.text() + " is being delivered: it is removed when that is over");
    }
    return lines;
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
    if (holds && !is_account(question.account))
        return permanent("\"" + escape(question.account) +
                         "\" is no account: one is login:NAME, uid:NUMBER, directory:PATH, client:ADDRESS or domain:NAME");
    TRY(wait_for_whole_queue());
    const bool deletes = question.order == "delete";
    const auto who = name_of({.who = question.who}, {});
    if (deletes) { // before the account is normal, or they would go out
        const Operate remove{.order = "remove", .ids = desk_.admission.slowed_for(question.account), .arguments = {}, .who = question.who};
        reply.lines = std::move(TRY(answer(remove, from)).lines);
        for (auto& line : remove_active(question.account, who))
            reply.lines.push_back(std::move(line));
        core_.accounts.delete_unjudged(question.account, who);
    }
    const auto state = holds ? Accounts::State::held : Accounts::State::normal;
    if (!core_.accounts.set(question.account, state, who))
        return permanent("no account " + escape(question.account) + " is known");
    core_.say_surely("account " + escape(question.account) + (holds ? " held by " : " released by ") + escape(who));
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
