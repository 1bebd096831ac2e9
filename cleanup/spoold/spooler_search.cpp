// Looking through a long queue: envelopes are read one after the other where they lie, and only those that match leave.
// With it the numbers of the spool.
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "cleanup/spoold/asker.h"
#include "cleanup/spoold/spooler.h"
#include "common/base/text.h"
#include "common/spool/fields.h"

namespace gp::spoold {
namespace {

constexpr std::size_t most_looked_at = 100'000; // for one answer
constexpr std::size_t in_a_turn = 500;          // before others get theirs
constexpr std::size_t longest_answer = 8 * 1024 * 1024;

struct AddressOnly {
    std::string address;
    bool done = false;
    static void fields(auto& self, auto&& field)
    {
        field("address", self.address);
        field("done", self.done);
    }
};
struct SenderOnly {
    std::string sender;
    static void fields(auto& self, auto&& field) { field("sender", self.sender); }
};
struct RecipientsOnly {
    std::vector<AddressOnly> recipients;
    static void fields(auto& self, auto&& field) { field("recipients", self.recipients); }
};

bool contains(std::string_view text, std::string_view part)
{
    return part.empty() || find_nocase(text, part) != std::string_view::npos;
}

// What cannot be read matches nothing.
bool matches(const Search& question, std::string_view envelope)
{
    if (!question.sender.empty()) {
        const auto read = spool::read_fields<SenderOnly>(envelope);
        if (!read || (question.sender == "<>" ? !read->sender.empty() : !contains(read->sender, question.sender)))
            return false;
    }
    if (question.recipient.empty())
        return true;
    const auto read = spool::read_fields<RecipientsOnly>(envelope);
    return read && std::ranges::any_of(read->recipients, [&](const AddressOnly& one) {
        return !one.done && contains(one.address, question.recipient);
    });
}

}

Result<std::string> Spooler::envelope_now(const spool::Entry& entry, spool::Stored& stored) const
{
    const bool untouched = !entry.extra && !entry.frozen && !stored.facts.frozen;
    if (untouched) // as it was recorded
        return std::move(stored.envelope);
    return spool::encode_envelope(TRY(spool_.catalog().envelope(entry, stored)));
}

// The first and the last octets of a large message's body.
Status Spooler::read_ends(const spool::Key& id, std::uint64_t size, std::size_t ends, GetEnvelope::Reply& reply)
{
    const auto file = TRY(spool_.large().open(id));
    const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(size, ends));
    for (auto* part : {&reply.body_start, &reply.body_end}) {
        part->resize(most);
        const auto from = part == &reply.body_start ? 0 : static_cast<off_t>(size - most);
        const auto got = ::pread(file.get(), part->data(), most, from);
        if (got < 0)
            return system_error("read the body of " + id.str());
        part->resize(static_cast<std::size_t>(got));
    }
    return {};
}

Result<SearchReply> Spooler::answer(const Search& question, ipc::Channel& from)
{
    TRY(only_for("qmgr", "search", from));
    const auto tenant = Tenants::of(from);
    auto last = question.after.empty() ? spool::Key{} : TRY(spool::Key::parse(question.after));
    SearchReply reply;
    std::size_t octets = 0, looked_at = 0;
    const auto& all = spool_.index().all();
    for (auto at = all.upper_bound(last);;) {
        reply.more = at != all.end();
        if (!reply.more || looked_at == most_looked_at || reply.entries.size() >= question.most || octets >= longest_answer)
            break;
        last = at->first;
        const auto waits = waits_;
        if (tenants_.holds(tenant, last) && add_found(question, last, &at->second, reply).value_or(false))
            octets += 200 + reply.entries.back().envelope.size() + reply.entries.back().reason.size();
        const bool is_turn_over = ++looked_at % in_a_turn == 0;
        if (is_turn_over)
            event::yield();
        // The index may have changed when others had their turn; looking for each place again costs as much as reading.
        at = is_turn_over || waits != waits_ ? all.upper_bound(last) : std::next(at);
    }
    reply.last = looked_at ? last.str() : question.after;
    return reply;
}

Result<NumbersReply> Spooler::answer(const Numbers&, ipc::Channel& from)
{
    TRY(only_for("qmgr", "numbers", from));
    return NumbersReply{.segments = spool_.segments(),
                        .spares = spool_.spares(),
                        .used_octets = spool_.used_octets(),
                        .live_octets = spool_.index().live_octets(),
                        .barriers = committer_.counts().barriers,
                        .messages = committer_.counts().messages};
}

// True when it matches. What is damaged has been told of by read().
Result<bool> Spooler::add_found(const Search& question, const spool::Key& id, const spool::Entry* entry, SearchReply& reply)
{
    if (question.one_queue && spool_.index().queue_name(entry->queue) != question.queue)
        return false;
    auto stored = TRY(read(id, spool::want_envelope));
    if (!matches(question, stored.envelope))
        return false;
    if (entry = spool_.index().find(id); !entry) // it has gone while it was read
        return false;
    if (entry->deferral) {
        auto reason = read(id, spool::want_reason);
        entry = spool_.index().find(id);
        if (!entry)
            return false;
        if (reason)
            stored.reason = std::move(reason->reason);
    } else {
        stored.reason = stored.facts.reason;
    }
    auto envelope = TRY(envelope_now(*entry, stored));
    if (entry->extra && !question.recipient.empty() && !matches(question, envelope)) // that one is done by now
        return false;
    reply.entries.push_back(entry_of(id, *entry));
    reply.entries.back().envelope = std::move(envelope);
    reply.entries.back().reason = std::move(stored.reason);
    return true;
}

}
