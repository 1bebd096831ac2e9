// What the queue managers are told of: new mail, and what changes hands between the suite and a guest.
#include "cleanup/spoold/asker.h"
#include "cleanup/spoold/spooler.h"
#include "common/log/log.h"

namespace gp::spoold {

// One notice for all that a batch has brought, at the end of this turn of the loop: behind the log lines
// and the answers, which leave in the same turn.
void Spooler::arrived(const Commit& commit, const spool::Key& id, Tenants::Tenant tenant)
{
    auto qmgr = tenants_.qmgr_of(tenant);
    if (tenant != Tenants::suite) {
        if (qmgr)
            qmgr->send(Logged{commit.log_line});
        else // a guest that has gone: its mail is ours
            log::main(commit.log_line);
    }
    if (!qmgr)
        qmgr = tenants_.qmgr_of(tenant = Tenants::suite);
    const auto* entry = spool_.index().find(id);
    if (!qmgr || !entry)
        return;
    if (tenant != Tenants::suite)
        tenants_.lend(id, tenant);
    auto& arrivals = arrivals_[tenant];
    auto& told = arrivals.entries.emplace_back(entry_of(id, *entry));
    // Credit: a qmgr that is slow to read gets the rest without envelopes and asks when it has room.
    if (qmgr->waiting_octets() + arrivals.octets + commit.envelope.size() <= parameters_.spool_told_size)
        told.envelope = commit.envelope;
    arrivals.octets += told.envelope.size() + 200;
    if (std::exchange(tell_deferred_, true))
        return;
    event::Loop::current().defer([this] { tell_arrivals(); });
}

void Spooler::tell_arrivals()
{
    tell_deferred_ = false;
    for (auto& [tenant, arrivals] : std::exchange(arrivals_, {}))
        if (const auto qmgr = tenants_.qmgr_of(tenant))
            qmgr->send(Arrived{std::move(arrivals.entries)});
}

Result<ipc::Done> Spooler::answer(const Borrow& wanted, ipc::Channel& from)
{
    TRY(only_for("qmgr", "borrow", from));
    const auto tenant = Tenants::of(from);
    if (tenant == Tenants::suite)
        return permanent("borrow is for guests", Cause::refused);
    tenants_.subscribe(tenant, from.weak_from_this());
    TRY(lend(wanted.ids, tenant));
    return ipc::Done{};
}

// In portions, until the suite's qmgr has nothing more that it can let go of.
Status Spooler::lend(const std::vector<std::string>& ids, Tenants::Tenant to)
{
    for (;;) {
        const auto qmgr = tenants_.qmgr_of(Tenants::suite);
        if (!qmgr)
            return temporary("the suite's queue manager is not there");
        // What it lets go of is nobody's until it is lent: its answer must be heard. Its death ends the question, and
        // then it asks for everything when it is there again.
        const auto recalled = TRY(qmgr->call(Recall{.ids = ids}, event::Deadline::never()));
        std::vector<spool::Key> free;
        for (const auto& text : recalled.ids)
            if (const auto id = spool::Key::parse(text); id && spool_.index().find(*id))
                free.push_back(*id);
        if (!tenants_.qmgr_of(to)) { // it has left while we asked
            take_back(free);
            return temporary("the queue manager that wanted to borrow has left");
        }
        for (const auto& id : free)
            tenants_.lend(id, to);
        if (!ids.empty() || recalled.ids.size() < Recall::most_at_once)
            return {};
    }
}

// What a guest had: the suite's qmgr hears of it as of what it finds in the spool at its start.
void Spooler::take_back(const std::vector<spool::Key>& ids)
{
    const auto qmgr = tenants_.qmgr_of(Tenants::suite);
    if (!qmgr)
        return; // it asks for everything when it is there again
    Arrived back;
    for (const auto& id : ids) {
        const auto* entry = spool_.index().find(id);
        if (!entry)
            continue;
        back.entries.push_back(entry_of(id, *entry));
        if (back.entries.back().leased)
            leases_.mark_told(id);
        if (back.entries.size() == Recall::most_at_once)
            qmgr->send(std::exchange(back, {}));
    }
    if (!back.entries.empty())
        qmgr->send(back);
}

}
