#include "common/spool/index.h"

#include <algorithm>
#include <limits>

#include "common/spool/fields.h"

namespace gp::spool {
namespace {

void add_names(NameSet& to, const std::vector<std::string>& names)
{
    to.insert(names.begin(), names.end());
}

void remove_names(NameSet& from, const std::vector<std::string>& names)
{
    for (const auto& name : names)
        from.erase(name);
}

std::vector<std::string> list(const NameSet& names)
{
    return {names.begin(), names.end()};
}

}

Result<std::optional<Index::Gone>> Index::apply(const Record& record)
{
    const auto& id = record.header.id;
    auto* entry = find(id);
    switch (record.header.type) {
    case RecordType::message:
    case RecordType::large:
        TRY(take_message(record));
        return std::optional<Gone>{};
    case RecordType::edit:
        TRY(take_edit(record));
        return std::optional<Gone>{};
    case RecordType::done: {
        const auto facts = TRY(read_fields<DoneFacts>(record.front));
        take_done(id, facts.recipients, facts.children);
        if (entry && entry->next_try != 0)
            entry->next_try = due_after_outcome;
        return std::optional<Gone>{};
    }
    case RecordType::deferred: {
        const auto facts = TRY(read_fields<DeferredFacts>(record.front));
        if (entry) {
            entry->next_try = facts.next_try;
            if (!facts.reason.empty()) // none: the one before still holds, here or in the message's own record
                entry->deferral = record.where;
        }
        return std::optional<Gone>{};
    }
    case RecordType::finished:
        return take_finished(id);
    case RecordType::hold: {
        const auto facts = TRY(read_fields<HoldFacts>(record.front));
        if (entry) {
            entry->frozen = facts.frozen;
            if (facts.frozen || entry->extra)
                extra(*entry).frozen_at = facts.at;
        }
        return std::optional<Gone>{};
    }
    case RecordType::finishing: {
        const auto facts = TRY(read_fields<WindowFacts>(record.front));
        if (entry)
            add_names(extra(*entry).finishing, facts.children);
        return std::optional<Gone>{};
    }
    case RecordType::settled: {
        const auto facts = TRY(read_fields<WindowFacts>(record.front));
        if (entry)
            settle(*entry, facts);
        return std::optional<Gone>{};
    }
    case RecordType::checkpoint:
        floor_ = std::max(floor_, TRY(read_fields<CheckpointFacts>(record.front)).floor);
        return std::optional<Gone>{};
    }
    return permanent("a record of no known type");
}

Status Index::take_message(const Record& record)
{
    const auto front = split_message_front(record.front);
    if (!front)
        return permanent("a message's record is not made of its sections");
    const auto facts = TRY(read_fields<Facts>(front->facts));
    auto [at, is_new] = entries_.try_emplace(record.header.id);
    auto& entry = at->second;
    if (!is_new)
        count(entry, false); // carried forward: the older copy counts no more
    entry.where = record.where;
    entry.front = record.header.front_size;
    entry.tail = record.header.tail_size;
    entry.large = record.header.type == RecordType::large;
    entry.deferral = {};
    if (entry.extra)
        entry.extra->edit = {}; // a copy has the envelope that counts
    take_state(entry, facts);
    count(entry, true);
    if (!facts.settles.empty()) {
        take_done(Key::trusted(facts.settles), facts.settles_recipients, facts.settles_children);
        if (auto* settled = find(Key::trusted(facts.settles)); settled && settled->next_try != 0)
            settled->next_try = due_after_outcome;
    }
    return {};
}

// Nothing that was known is taken back: a copy and the outcomes around it may be read in an order in which
// some of them are there twice.
void Index::take_state(Entry& entry, const Facts& facts)
{
    entry.size = facts.size;
    entry.lines = static_cast<std::uint32_t>(std::min<std::uint64_t>(facts.lines, std::numeric_limits<std::uint32_t>::max()));
    entry.received = facts.received;
    entry.next_try = facts.next_try;
    entry.queue = queue_number(facts.queue);
    entry.frozen = facts.frozen;
    entry.uncertain = entry.uncertain || facts.uncertain;
    if (facts.done.empty() && facts.children.empty() && facts.finishing.empty() && facts.frozen_at == 0)
        return;
    auto& more = extra(entry);
    more.done.add_pairs(facts.done);
    add_names(more.children, facts.children);
    add_names(more.finishing, facts.finishing);
    more.frozen_at = facts.frozen_at;
}

Status Index::take_edit(const Record& record)
{
    const auto front = split_message_front(record.front);
    if (!front)
        return permanent("an edit's record is not made of its sections");
    const auto facts = TRY(read_fields<Facts>(front->facts));
    auto* entry = find(record.header.id);
    if (!entry)
        return {};
    entry->queue = queue_number(facts.queue);
    auto& more = extra(*entry);
    more.edit = record.where;
    more.edit_front = record.header.front_size;
    return {};
}

void Index::take_done(const Key& id, const std::vector<std::uint32_t>& recipients,
                      const std::vector<std::string>& children)
{
    auto* entry = find(id);
    if (!entry)
        return;
    auto& more = extra(*entry);
    for (const auto recipient : recipients)
        more.done.add(recipient);
    add_names(more.children, children);
    remove_names(more.finishing, children);
}

void Index::settle(Entry& entry, const WindowFacts& facts)
{
    if (entry.extra)
        remove_names(entry.extra->finishing, facts.children);
    entry.uncertain = entry.uncertain || facts.uncertain;
}

std::optional<Index::Gone> Index::take_finished(const Key& id)
{
    const auto at = entries_.find(id);
    if (at == entries_.end())
        return std::nullopt;
    count(at->second, false);
    const Gone gone{id, at->second.large};
    entries_.erase(at);
    return gone;
}

void Index::count(const Entry& entry, bool in)
{
    auto& use = uses_[entry.where.generation];
    const auto octets = entry.record_size();
    if (in) {
        ++use.messages;
        use.octets += octets;
        live_octets_ += octets;
        return;
    }
    --use.messages;
    use.octets -= octets;
    live_octets_ -= octets;
    if (use.messages == 0)
        uses_.erase(entry.where.generation);
}

const Entry* Index::find(const Key& id) const
{
    const auto at = entries_.find(id);
    return at == entries_.end() ? nullptr : &at->second;
}

Entry* Index::find(const Key& id)
{
    const auto at = entries_.find(id);
    return at == entries_.end() ? nullptr : &at->second;
}

Facts Index::facts(const Entry& entry) const
{
    Facts facts{.received = entry.received,
                .size = entry.size,
                .lines = entry.lines,
                .queue = queues_[entry.queue],
                .frozen = entry.frozen,
                .next_try = entry.next_try,
                .uncertain = entry.uncertain};
    if (entry.extra) {
        facts.frozen_at = entry.extra->frozen_at;
        facts.done = entry.extra->done.pairs();
        facts.children = list(entry.extra->children);
        facts.finishing = list(entry.extra->finishing);
    }
    return facts;
}

void Index::put_state(const Entry& entry, mail::Envelope& envelope) const
{
    envelope.frozen = entry.frozen;
    envelope.queue = queues_[entry.queue];
    if (!entry.extra)
        return;
    if (entry.frozen && entry.extra->frozen_at != 0)
        envelope.frozen_at = entry.extra->frozen_at;
    for (std::size_t i = 0; i < envelope.recipients.size(); ++i)
        if (entry.extra->done.contains(static_cast<std::uint32_t>(i)))
            envelope.recipients[i].done = true;
    NameSet children{envelope.done_children.begin(), envelope.done_children.end()};
    children.insert(entry.extra->children.begin(), entry.extra->children.end());
    envelope.done_children = list(children);
}

SegmentUse Index::use(std::uint32_t generation) const
{
    const auto at = uses_.find(generation);
    return at == uses_.end() ? SegmentUse{} : at->second;
}

void Index::forget_below(std::uint32_t floor)
{
    floor_ = std::max(floor_, floor);
    for (auto at = entries_.begin(); at != entries_.end();) {
        if (at->second.where.generation >= floor_) {
            ++at;
            continue;
        }
        count(at->second, false);
        at = entries_.erase(at);
    }
}

// Queue names are few; when a configuration invents more than fit a number, the rest share the last.
std::uint16_t Index::queue_number(const std::string& name)
{
    const auto at = std::ranges::find(queues_, name);
    if (at != queues_.end())
        return static_cast<std::uint16_t>(at - queues_.begin());
    if (queues_.size() > std::numeric_limits<std::uint16_t>::max())
        return std::numeric_limits<std::uint16_t>::max();
    queues_.push_back(name);
    return static_cast<std::uint16_t>(queues_.size() - 1);
}

Extra& Index::extra(Entry& entry)
{
    if (!entry.extra)
        entry.extra = std::make_unique<Extra>();
    return *entry.extra;
}

}
