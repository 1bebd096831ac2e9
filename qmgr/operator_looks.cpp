// What operators see of the queue: pages of it, and one message. The numbers are in operator_numbers.cpp.

#include <algorithm>

#include "common/base/text.h"
#include "common/spool/fields.h"
#include "qmgr/operators.h"

namespace gp::qmgr {
namespace {

constexpr std::uint32_t largest_page = 2000;
constexpr std::size_t longest_page = 8 * 1024 * 1024;
constexpr std::size_t octets_of_recipient = 200;  // on the channel, with the names of its fields

std::size_t octets_of(const Listed& message)
{
    std::size_t octets = 500 + message.reason.size() + message.paced_by.size();
    for (const auto& recipient : message.recipients)
        octets += octets_of_recipient + recipient.address.size() + recipient.orcpt.size();
    for (const auto& child : message.done_children)
        octets += child.size() + 8;
    return octets;
}

}

Listed Operator::listed(const QueueId& id, const IndexEntry& entry) const
{
    Listed message;
    message.id = id.text();
    message.size = entry.shown_size();
    message.received = entry.received;
    message.next_try = entry.next_try;
    message.frozen = entry.frozen;
    message.active = entry.state == State::active || entry.state == State::leased;
    message.attempted = entry.attempted;
    message.queue = core_.index.queues.word(entry.queue);
    add_pace(message, entry);
    return message;
}

// Of what is in work: all that is left of it stands before the pace of a host or its sender.
void Operator::add_pace(Listed& message, const IndexEntry& entry) const
{
    std::optional<Paces::Hold> hold;
    if (const auto pace = entry.state == State::parked ? desk_.admission.pace_of(entry.pace) : nullptr)
        hold = core_.paces.hold_of({pace});
    if (const auto* active = core_.find(entry.active); active && !active->closing) {
        const auto is_out = [](const Piece& piece) { return piece.state == PieceState::in_flight; };
        const auto waits = std::ranges::find_if(active->groups, [](const Group& group) { return group.job != 0; });
        if (waits != active->groups.end() && std::ranges::none_of(active->pieces, is_out))
            hold = core_.paces.hold_of(waits->meters);
    }
    if (!hold)
        return;
    message.paced_by = hold->name;
    message.pace_until = hold->until;
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
    if (question.brief && caller_.may_list_all(core_.parameters))
        return brief_page(question);
    ListReply page;
    const std::size_t most = std::clamp<std::uint32_t>(question.most, 1, largest_page);
    spoold::Search search{.after = question.after,
                          .most = 0,
                          .sender = question.sender,
                          .recipient = question.recipient,
                          .one_queue = question.one_queue,
                          .queue = question.queue};
    std::size_t octets = 0;
    do { // a page is full, or the last one
        search.most = static_cast<std::uint32_t>(most - page.messages.size());
        const auto found = TRY(core_.links.spoold.call(search, core_.answer_deadline()));
        for (const auto& entry : found.entries) {
            if (octets >= longest_page) {
                page.more = true;
                return page;
            }
            if (auto message = listed_of(entry)) {
                octets += octets_of(*message);
                page.messages.push_back(std::move(*message));
            }
        }
        search.after = found.last;
        page.more = found.more;
    } while (page.more && page.messages.size() < most);
    return page;
}

// Ids, sizes and times are known without a look at the spool.
ListReply Operator::brief_page(const List& question) const
{
    const auto most = std::clamp<std::uint32_t>(question.most, 1, largest_page);
    ListReply page;
    auto next = core_.index.after(QueueId{question.after});
    for (; next != core_.index.end() && page.messages.size() < most; ++next) {
        if (question.one_queue && core_.index.queues.word(next->second.queue) != question.queue)
            continue;
        auto& message = page.messages.emplace_back(listed(next->first, next->second));
        message.reason = core_.index.reasons.word(next->second.reason);
    }
    page.more = next != core_.index.end();
    return page;
}

// As the caller may see it. The envelope of what is in work is the one in memory; a reason that this life does not know
// is the spool's.
std::optional<Listed> Operator::listed_of(const spoold::Entry& found) const
{
    const QueueId id{found.id};
    const auto* entry = core_.index.find(id);
    if (!entry)
        return std::nullopt;
    auto stored = spool::decode_envelope(found.envelope);
    const auto* active = core_.find(entry->active);
    const auto* envelope = active && active->has_envelope ? &active->envelope : stored ? &*stored : nullptr;
    if (!envelope || (!caller_.may_list_all(core_.parameters) && !caller_.owns(*envelope)))
        return std::nullopt;
    auto message = listed(id, *entry);
    message.reason = core_.index.reasons.word(entry->reason);
    if (message.reason.empty())
        message.reason = found.reason;
    add_envelope(message, *envelope);
    return message;
}

Result<ShowReply> Operator::answer(const Show& question, ipc::Channel&)
{
    const Busy busy{*this};
    const QueueId id{question.id};
    auto stored = TRY(desk_.recorder.shown(id, question.content));
    ShowReply reply;
    reply.envelope = TRY(spool::decode_envelope(stored.entry.envelope));
    if (!caller_.may_list_all(core_.parameters) && !caller_.owns(reply.envelope))
        return permanent("only an administrator may see a message of somebody else");
    const auto* entry = core_.index.find(id);
    reply.message =
        listed(id, entry ? *entry : IndexEntry{.size = stored.entry.size, .received = stored.entry.received, .lines = stored.entry.lines});
    reply.message.reason = std::move(stored.entry.reason);
    add_envelope(reply.message, reply.envelope);
    if (!question.content)
        return reply;
    if (!caller_.is_admin && !caller_.owns(reply.envelope))
        return permanent("only an administrator may read a message of somebody else");
    reply.headers = std::move(stored.headers);
    auto channel = TRY(core_.links.spoold.pick(core_.answer_deadline()));
    const spoold::Fetch fetch{.id = question.id, .ticket = stored.entry.ticket};
    auto fetched = TRY(channel->call(fetch, core_.answer_deadline()));
    channel->send(spoold::Release{.id = fetch.id, .ticket = fetch.ticket});
    reply.body = std::move(fetched.body);
    reply.large = std::move(fetched.large);
    return reply;
}

}
