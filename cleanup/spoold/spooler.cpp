#include "cleanup/spoold/spooler.h"

#include <algorithm>

#include "cleanup/spoold/asker.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/notes.h"
#include "common/spool/fields.h"

namespace gp::spoold {
namespace {

constexpr std::size_t reads_at_once = 1; // threads are few, and the barrier needs one
constexpr std::uint32_t longest_body_end = 256 * 1024;
constexpr std::size_t longest_page = 12 * 1024 * 1024;
constexpr std::size_t longest_reason = 1024;

// What the index wants to know of an envelope.
struct Brief {
    std::string id;
    std::int64_t received = 0;
    bool frozen = false;
    std::int64_t frozen_at = 0;
    std::string queue;
    static void fields(auto& self, auto&& field)
    {
        field("id", self.id);
        field("received", self.received);
        field("frozen", self.frozen);
        field("frozen_at", self.frozen_at);
        field("queue", self.queue);
    }
};

std::uint64_t lines_in(std::string_view text)
{
    return static_cast<std::uint64_t>(std::ranges::count(text, '\n'));
}

// Exim has no carriage returns, and the empty line between headers and body, which is not in ours.
std::uint64_t spare_octets(std::uint64_t lines)
{
    return lines > 0 ? lines - 1 : 0;
}

std::size_t octets_of(const std::vector<std::string>& texts)
{
    std::size_t sum = 0;
    for (const auto& text : texts)
        sum += text.size() + 1;
    return sum;
}

}

Spooler::Spooler(spool::Spool& spool, Tickets tickets, const Parameters& parameters, const Clock& clock,
                 OwnedFd log_directory, Uncertain::WriteLine write_line)
    : spool_(spool),
      tickets_(std::move(tickets)),
      parameters_(parameters),
      clock_(clock),
      committer_(spool, parameters),
      space_(spool, committer_, parameters, std::move(log_directory)),
      upkeep_(spool, committer_, space_, parameters),
      receptions_(spool, parameters),
      uncertain_(std::move(write_line)),
      finished_(clock, parameters.spool_remembered, parameters.spool_remembered_time),
      refused_(clock, parameters.spool_remembered, parameters.spool_remembered_time),
      reads_(reads_at_once),
      grace_([this] { grace_ended(); })
{
    committer_.watch({.gone =
                          [this](const auto& gone) {
                              for (const auto& message : gone) {
                                  finished_.add(message.id);
                                  tenants_.forget(message.id);
                              }
                          },
                      .batch_ended = [this] { upkeep_.batch_ended(); }});
}

Status Spooler::start()
{
    for (const auto& remark : spool_.report().remarks)
        log::remark(remark);
    for (const auto& alarm : spool_.report().alarms)
        log::alarm(alarm);
    for (const auto& id : spool_.report().finished)
        finished_.add(id);
    // Agents that outlived us may still say how these deliveries ended.
    for (const auto& [id, entry] : spool_.index().all())
        if (entry.is_finishing())
            leases_.hold_for_unknown(id);
    TRY(event::Loop::current().spawn("committer", [this] { committer_.run(); }));
    TRY(upkeep_.start());
    space_.start();
    if (leases_.size() > 0)
        grace_.start(Duration{std::int64_t{parameters_.spool_uncertain_grace} * 1000});
    return {};
}

void Spooler::stop()
{
    upkeep_.stop();
    committer_.stop();
}

void Spooler::peer_gone(ipc::Channel& channel)
{
    receptions_.channel_gone(channel.id());
    for (const auto& ended : leases_.channel_gone(channel.id()))
        lease_ended(ended, true);
    take_back(tenants_.gone(channel));
}

Status Spooler::write(std::size_t octets, std::function<void(spool::Batch&)> add)
{
    return committer_.commit({.add = std::move(add), .octets = octets + spool::record_header_size});
}

// Finds it and reads it; what has moved between the two is looked for once more.
Result<spool::Stored> Spooler::read(const spool::Key& id, unsigned wanted)
{
    for (bool again = true;; again = false) {
        const auto source = TRY(spool_.locate(id));
        if (auto stored = spool::read_stored_now(spool_.io(), source, wanted))
            return std::move(*stored);
        Result<spool::Stored> stored = temporary("not read");
        ++waits_;
        reads_.enter(event::Deadline::never()); // each one leaves when the disk has answered
        event::offload([&] { stored = spool::read_stored(spool_.io(), source, wanted); });
        reads_.leave();
        const auto now = spool_.locate(id);
        const bool moved = !now || now->record.where != source.record.where;
        if (stored || !again || !moved) {
            if (!stored)
                log::alarm("spool: " + stored.error().text);
            return stored;
        }
    }
}

Result<spool::Key> Spooler::check_ticket(const std::string& id, const std::string& ticket) const
{
    const auto key = TRY(spool::Key::parse(id));
    if (!tickets_.is_good(id, ticket))
        return permanent("that is no ticket for " + id, Cause::refused);
    return key;
}

// --- cleanup ---

Result<ipc::Done> Spooler::answer(const LargePart& part, ipc::Channel& from)
{
    TRY(only_for_bringers("large_part", from));
    const auto id = TRY(spool::Key::parse(part.id));
    if (part.offset == 0) {
        TRY(check_commit({}, id));
        if (!space_.now().accepting)
            return temporary("no mail is accepted at the moment", Cause::no_space);
    }
    TRY(receptions_.add(id, from.id(), part.offset, part.octets));
    return ipc::Done{};
}

Result<LargeBody> Spooler::answer(const ReadLarge& question, ipc::Channel& from)
{
    TRY(only_for("cleanup", "read_large", from));
    return LargeBody{ipc::Fd{TRY(receptions_.read(TRY(spool::Key::parse(question.id)), from.id()))}};
}

void Spooler::notice(const LargeAbandon& abandon, ipc::Channel& from)
{
    if (!only_for_bringers("large_abandon", from))
        return;
    if (const auto id = spool::Key::parse(abandon.id))
        receptions_.abandon(*id, from.id());
}

// May this id become a message? Ids are never used twice, as far as memory goes.
Status Spooler::check_commit(const Commit& commit, const spool::Key& id)
{
    if (spool_.index().find(id) || committing_.contains(id) || finished_.contains(id))
        return permanent("message " + id.str() + " exists already");
    if (refused_.contains(id))
        return temporary("message " + id.str() + " was said not to be committed");
    return check_settles(commit);
}

// A report says of recipients that they are done. Of one that is done already another report has said it.
Status Spooler::check_settles(const Commit& commit) const
{
    if (commit.settles.empty())
        return {};
    const auto about = TRY(spool::Key::parse(commit.settles));
    const auto* entry = spool_.index().find(about);
    for (const auto recipient : commit.settles_recipients) {
        const bool is_done = !entry || (entry->extra && entry->extra->done.contains(recipient));
        if (is_done || settling_.contains({about, recipient}))
            return temporary("recipient " + std::to_string(recipient) + " of " + commit.settles + " is done already",
                             Cause::refused);
    }
    return {};
}

// The same of addresses below recipients.
Status Spooler::check_children(const std::string& settles, const std::vector<std::string>& children) const
{
    if (children.empty())
        return {};
    const auto* entry = spool_.index().find(TRY(spool::Key::parse(settles)));
    for (const auto& child : children)
        if (!entry || (entry->extra && entry->extra->children.contains(child)))
            return temporary(escape(child) + " of " + settles + " is done already", Cause::refused);
    return {};
}

Result<spool::NewMessage> Spooler::prepare_commit(const Commit& commit, const spool::Key& id, ipc::Channel& from)
{
    // Proved now, for it must be readable later.
    const auto envelope = spool::decode_envelope(commit.envelope);
    if (!envelope)
        return permanent(id.str() + ": " + envelope.error().text);
    if (envelope->id != commit.id)
        return permanent("the envelope of " + commit.id + " is one of another message");
    auto children = commit.settles.empty() ? std::vector<std::string>{} : mail::all_notes(*envelope, mail::note_settles_child);
    TRY(check_children(commit.settles, children));
    spool::NewMessage message{.id = id,
                              .facts = {.received = envelope->received,
                                        .size = commit.headers.size() + commit.body.size(),
                                        .lines = spare_octets(lines_in(commit.headers) + (commit.large ? envelope->body_lines : lines_in(commit.body))),
                                        .queue = envelope->queue,
                                        .frozen = envelope->frozen,
                                        .frozen_at = envelope->frozen_at,
                                        .settles = commit.settles,
                                        .settles_recipients = commit.settles_recipients,
                                        .settles_children = std::move(children)},
                              .envelope = commit.envelope,
                              .headers = commit.headers,
                              .body = commit.body,
                              .large = commit.large};
    if (!commit.large) {
        bool at_line_start = true;
        if (!spool::has_leading_dot(commit.body, at_line_start))
            message.flags |= spool::no_leading_dots;
        return message;
    }
    if (!commit.body.empty())
        return permanent(commit.id + ": a body both sent ahead and in the commit");
    const auto complete = TRY(receptions_.complete(id, from.id(), commit.large_size));
    message.facts.size += complete.size;
    message.facts.large_size = complete.size;
    message.facts.large_crc = complete.crc;
    if (complete.no_leading_dots)
        message.flags |= spool::no_leading_dots;
    return message;
}

Result<ipc::Done> Spooler::answer(const Commit& commit, ipc::Channel& from)
{
    TRY(only_for_bringers("commit", from));
    const auto id = TRY(spool::Key::parse(commit.id));
    TRY(check_commit(commit, id));
    committing_[id];
    const auto settled = [&](auto&& each) {
        for (const auto recipient : commit.settles_recipients)
            each(std::pair{spool::Key::trusted(commit.settles), recipient});
    };
    settled([&](const auto& one) { settling_.insert(one); });
    const auto tenant = Tenants::of(from);
    auto message = prepare_commit(commit, id, from);
    auto written = message ? write_commit(commit, *message, tenant) : Status(std::move(message).error());
    settled([&](const auto& one) { settling_.erase(one); });
    if (!written && message && commit.large)
        receptions_.discard(id);
    commit_ended(id);
    TRY(std::move(written));
    return ipc::Done{};
}

Status Spooler::write_commit(const Commit& commit, const spool::NewMessage& message, Tenants::Tenant tenant)
{
    TRY(committer_.commit({.add = [&](spool::Batch& batch) { batch.add(message); },
                           .octets = commit.envelope.size() + commit.headers.size() + commit.body.size() + 256,
                           .brings_mail = true,
                           .log_line = tenant == Tenants::suite ? std::string_view(commit.log_line) : std::string_view()}));
    arrived(commit, message.id, tenant);
    return {};
}

void Spooler::commit_ended(const spool::Key& id)
{
    const auto at = committing_.find(id);
    for (auto* waiting : at->second)
        waiting->notify();
    committing_.erase(at);
}

void Spooler::wait_for_commit(const spool::Key& id)
{
    const auto at = committing_.find(id);
    if (at == committing_.end())
        return;
    event::Notice ended;
    at->second.push_back(&ended);
    ended.wait(event::Deadline::never()); // as long as the barrier takes, see Committer::wait
}

Result<IsCommittedReply> Spooler::answer(const IsCommitted& question, ipc::Channel& from)
{
    TRY(only_for("cleanup", "is_committed", from));
    const auto id = TRY(spool::Key::parse(question.id));
    wait_for_commit(id);
    if (spool_.index().find(id) || finished_.contains(id))
        return IsCommittedReply{true};
    refused_.add(id);
    receptions_.abandon(id);
    return IsCommittedReply{false};
}

Result<Space> Spooler::answer(const WatchSpace&, ipc::Channel& from)
{
    TRY(only_for("cleanup", "watch_space", from));
    space_.subscribe(from);
    return space_.now();
}

// --- qmgr ---

Entry Spooler::entry_of(const spool::Key& id, const spool::Entry& entry)
{
    return {.id = id.str(),
            .ticket = tickets_.issue(id.text()),
            .size = entry.size,
            .lines = entry.lines,
            .received = entry.received,
            .next_try = entry.next_try,
            .frozen = entry.frozen,
            .leased = leases_.is_leased(id) || uncertain_.is_naming(id),
            .uncertain = entry.uncertain,
            .queue = std::string(spool_.index().queue_name(entry.queue)),
            .envelope = {},
            .reason = {}};
}

Result<SnapshotReply> Spooler::answer(const Snapshot& question, ipc::Channel& from)
{
    TRY(only_for("qmgr", "snapshot", from));
    const auto tenant = Tenants::of(from);
    tenants_.subscribe(tenant, from.weak_from_this());
    const auto after = question.after.empty() ? spool::Key{} : TRY(spool::Key::parse(question.after));
    SnapshotReply reply;
    std::size_t octets = 0;
    const auto& all = spool_.index().all();
    auto at = all.upper_bound(after);
    for (; at != all.end() && reply.entries.size() < question.most && octets < longest_page; ++at) {
        if (!tenants_.holds(tenant, at->first))
            continue;
        reply.entries.push_back(entry_of(at->first, at->second));
        octets += 200 + reply.entries.back().queue.size();
        if (reply.entries.back().leased)
            leases_.mark_told(at->first);
    }
    reply.more = at != all.end();
    return reply;
}

Result<GetEnvelope::Reply> Spooler::answer(const GetEnvelope& question, ipc::Channel& from)
{
    TRY(only_for("qmgr", "get_envelope", from));
    const auto id = TRY(spool::Key::parse(question.id));
    wait_for_commit(id);
    unsigned wanted = spool::want_envelope;
    if (question.want_headers)
        wanted |= spool::want_headers;
    if (question.want_reason)
        wanted |= spool::want_reason;
    const std::size_t ends = std::min(question.body_octets, longest_body_end);
    if (ends)
        wanted |= spool::want_body;
    auto stored = TRY(read(id, wanted));
    const auto* entry = spool_.index().find(id);
    if (!entry)
        return permanent("no message " + id.str(), Cause::not_found);
    GetEnvelope::Reply reply{.entry = entry_of(id, *entry), .headers = std::move(stored.headers), .body_start = {}, .body_end = {}};
    if (ends && stored.large) {
        TRY(read_ends(id, stored.facts.large_size, ends, reply));
    } else if (ends) {
        reply.body_start = stored.body.substr(0, ends);
        reply.body_end = stored.body.substr(stored.body.size() - std::min(stored.body.size(), ends));
    }
    reply.entry.envelope = TRY(envelope_now(*entry, stored));
    reply.entry.reason = std::move(stored.reason);
    if (reply.entry.leased)
        leases_.mark_told(id);
    return reply;
}

Result<ipc::Done> Spooler::answer(const Record& record, ipc::Channel& from)
{
    TRY(only_for("qmgr", "record", from));
    const auto id = TRY(spool::Key::parse(record.id));
    // "It is done" may be said twice.
    if (!spool_.index().find(id)) {
        if (record.kind == Record::Kind::message_done)
            return ipc::Done{};
        return permanent("no message " + id.str(), Cause::not_found);
    }
    TRY(this->record(record, id));
    return ipc::Done{};
}

Status Spooler::record(const Record& record, const spool::Key& id)
{
    using Kind = Record::Kind;
    switch (record.kind) {
    case Kind::recipients_done: {
        const spool::DoneFacts facts{record.recipients, record.children};
        return write(4 * facts.recipients.size() + octets_of(facts.children),
                     [&](spool::Batch& batch) { batch.add_done(id, facts); });
    }
    case Kind::deferred: {
        const spool::DeferredFacts facts{record.next_try, record.reason.substr(0, longest_reason)};
        return write(facts.reason.size() + 32, [&](spool::Batch& batch) { batch.add_deferred(id, facts); });
    }
    case Kind::message_done:
        return write(0, [&](spool::Batch& batch) { batch.add_finished(id); });
    case Kind::frozen:
        return write(32, [&](spool::Batch& batch) {
            batch.add_hold(id, {.frozen = record.frozen, .at = clock_.seconds()});
        });
    case Kind::envelope:
        return record_edit(record, id);
    }
    return permanent("a record of no known kind");
}

Status Spooler::record_edit(const Record& record, const spool::Key& id)
{
    const auto envelope = TRY(spool::decode_envelope(record.envelope));
    if (envelope.id != record.id)
        return permanent("the envelope of " + record.id + " is one of another message");
    const spool::Facts facts{.queue = envelope.queue};
    return write(record.envelope.size() + 64,
                 [&](spool::Batch& batch) { batch.add_edit(id, facts, record.envelope); });
}

// --- agents ---

Result<Fetched> Spooler::answer(const Fetch& fetch, ipc::Channel& from)
{
    const auto id = TRY(check_ticket(fetch.id, fetch.ticket));
    const auto held = from.shared_from_this();
    auto stored = TRY(read(id, spool::want_headers | spool::want_body));
    Fetched reply{.headers = std::move(stored.headers),
                  .body = std::move(stored.body),
                  .large = {},
                  .body_size = stored.large ? stored.facts.large_size : 0,
                  .no_leading_dots = stored.no_leading_dots};
    if (stored.large) {
        auto file = TRY(spool_.large().open(id));
        if (TRY(spool_.io().size(file.get())) != stored.facts.large_size) {
            log::alarm(id.str() + ": its body on the disk is not as long as it was");
            return temporary(id.str() + " is damaged");
        }
        reply.large = ipc::Fd{std::move(file)};
    } else {
        reply.body_size = reply.body.size();
    }
    if (!from.is_open()) // it died while we read: its leases have ended
        return temporary("the agent is gone", Cause::closed);
    leases_.take(id, from.id());
    return reply;
}

// Is nobody else about to deliver these, and are they not delivered?
Status Spooler::check_free(const spool::Key& id, const std::vector<std::string>& children, ipc::Channel& from,
                           std::uint64_t run) const
{
    const auto* entry = spool_.index().find(id);
    if (!entry)
        return permanent("no message " + id.str(), Cause::not_found);
    for (const auto& child : children) {
        if ((entry->extra && entry->extra->children.contains(child)) || recording_.contains({id, child}))
            return temporary("it was delivered already", Cause::refused);
        if (leases_.is_finishing_elsewhere(id, from.id(), run, child))
            return temporary("it is being delivered already", Cause::refused);
    }
    return {};
}

Result<ipc::Done> Spooler::answer(const Finishing& finishing, ipc::Channel& from)
{
    const auto id = TRY(check_ticket(finishing.id, finishing.ticket));
    TRY(check_free(id, finishing.children, from, finishing.run));
    if (!from.is_open())
        return temporary("the agent is gone", Cause::closed);
    leases_.finishing(id, from.id(), finishing.run, finishing.children);
    auto appended = committer_.append(
        [id, facts = spool::WindowFacts{.children = finishing.children}](spool::Batch& batch) {
            batch.add_finishing(id, facts);
        });
    if (!appended)
        leases_.delivered(id, finishing.children); // they are not being finished after all
    TRY(std::move(appended));
    return ipc::Done{};
}

Result<ipc::Done> Spooler::answer(const Delivered& delivered, ipc::Channel&)
{
    const auto id = TRY(check_ticket(delivered.id, delivered.ticket));
    if (!spool_.index().find(id))
        return ipc::Done{}; // finished already; said twice
    leases_.delivered(id, delivered.children);
    for (const auto& child : delivered.children)
        recording_.emplace(id, child);
    const spool::DoneFacts facts{delivered.recipients, delivered.children};
    auto written = write(4 * facts.recipients.size() + octets_of(facts.children),
                         [&](spool::Batch& batch) { batch.add_done(id, facts); });
    for (const auto& child : delivered.children)
        recording_.erase(recording_.find({id, child}));
    if (!written)
        uncertain_.name_now(id, delivered.children, "the outcome could not be recorded");
    TRY(std::move(written));
    return ipc::Done{};
}

void Spooler::notice(const Release& release, ipc::Channel& from)
{
    const auto id = check_ticket(release.id, release.ticket);
    if (!id)
        return;
    if (const auto ended = leases_.release(*id, from.id(), release.run, release.lost))
        lease_ended(*ended, false);
}

// An agent that lets go says that what it did not call delivered was not delivered; one that is lost says
// nothing.
void Spooler::lease_ended(const Leases::Ended& ended, bool lost)
{
    const bool is_there = spool_.index().find(ended.id);
    if (is_there && !ended.let_go.empty())
        settled(ended.id, ended.let_go, false);
    auto unknown = ended.lost;
    if (lost)
        unknown.insert(unknown.end(), ended.unsettled.begin(), ended.unsettled.end());
    else if (is_there && !ended.unsettled.empty())
        settled(ended.id, ended.unsettled, false);
    if (is_there && !unknown.empty())
        return name_uncertain(ended.id, unknown, lost ? "the delivery agent was lost" : "the delivery process was lost");
    if (ended.last && (lost || ended.told))
        tell_released(ended.id, false);
}

void Spooler::settled(const spool::Key& id, const std::vector<std::string>& children, bool uncertain)
{
    committer_.mention([id, facts = spool::WindowFacts{.children = children, .uncertain = uncertain}](spool::Batch& batch) {
        batch.add_settled(id, facts);
    });
}

// Whoever ends the last that holds it up tells it.
void Spooler::tell_released(const spool::Key& id, bool uncertain)
{
    if (uncertain_.is_naming(id) || leases_.is_leased(id))
        return;
    const auto* entry = spool_.index().find(id);
    if (const auto qmgr = tenants_.qmgr_of(tenants_.holder(id)))
        qmgr->send(Released{.id = id.str(), .uncertain = uncertain || (entry && entry->uncertain)});
}

// Nobody tries again before the log has the line. Until then the spool has the window open: if this process is killed,
// the next one names it.
void Spooler::name_uncertain(const spool::Key& id, const std::vector<std::string>& children, std::string_view who)
{
    uncertain_.name(id, children, who, [this, id, children] {
        settled(id, children, true);
        tell_released(id, true);
    });
}

// Who has not spoken by now is not there any more.
void Spooler::grace_ended()
{
    for (auto ended : leases_.end_unknown()) {
        const auto* entry = spool_.index().find(ended.id);
        if (entry && entry->extra)
            for (const auto& child : entry->extra->finishing)
                if (!leases_.is_finishing_elsewhere(ended.id, 0, 0, child)) // its agent has spoken
                    ended.unsettled.push_back(child);
        if (!ended.unsettled.empty())
            name_uncertain(ended.id, ended.unsettled, "the spool service was lost");
        else
            tell_released(ended.id, false);
    }
}

}
