#include "qmgr/dispatch.h"

#include <algorithm>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "qmgr/error_names.h"
#include "qmgr/events.h"
#include "qmgr/grouping.h"
#include "qmgr/retry_questions.h"
#include "qmgr/turned.h"

namespace gp::qmgr {
namespace {

// -N (manual 5.3): as if the transport had delivered to all. No agent has recorded it, so Closing does.
delivery::DeliverReply pretended(const delivery::Deliver& request)
{
    delivery::DeliverReply reply;
    for (std::uint32_t i = 0; i < request.targets.size(); ++i) {
        auto& outcome = reply.outcomes.emplace_back();
        outcome.target = i;
        outcome.fate = delivery::Fate::delivered;
        outcome.unrecorded = true;
        if (!is_remote(request.instruction))
            continue;
        outcome.text = "delivery bypassed by -N option";
        const auto& hosts = request.instruction.hosts;
        if (hosts.empty())
            continue;
        outcome.host_name = hosts.front().name;
        if (!hosts.front().addresses.empty())
            outcome.host_address = hosts.front().addresses.front();
    }
    return reply;
}

// What RCPT gets: without prefix and suffix, unless rcpt_include_affixes is set (manual 24).
std::string rcpt_address(const Piece& piece, const router::Delivery& instruction)
{
    const auto& address = piece.address;
    const auto at = address.rfind('@');
    const auto affixes = piece.prefix.size() + piece.suffix.size();
    if (affixes == 0 || !piece.kind.empty() || at == std::string::npos || at <= affixes ||
        option_of(instruction, "rcpt_include_affixes") == "true")
        return address;
    return address.substr(piece.prefix.size(), at - affixes) + address.substr(at);
}

constexpr std::int64_t answer_slack = 60; // an agent that keeps its own deadline answers within this
constexpr std::int64_t local_times = 2;   // the wait for a child's place, and the delivery

// Lets a message's jobs of one kind into the scheduler without more than `limit` deliveries at once.
std::size_t parallel_of(std::size_t limit, std::size_t groups)
{
    if (limit == 0)
        return 0;
    return std::max<std::size_t>(1, limit / std::max<std::size_t>(1, std::min(limit, groups)));
}

std::size_t count_groups(const Message& message, Agent agent)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(message.groups, [&](const Group& group) { return group.agent == agent; }));
}

}

void Dispatch::hand_in(Message& message)
{
    if (message.troubled)
        return;
    const std::size_t local_limit = core_.parameters.local_max_parallel;
    const std::size_t remote_limit = core_.parameters.remote_max_parallel;
    const auto locals = count_groups(message, Agent::local);
    const auto remotes = message.groups.size() - locals;
    const auto hand_in_more = [&](Agent agent, std::size_t& next, const std::size_t& jobs, std::size_t limit,
                                  std::size_t groups) {
        for (; next < message.groups.size() && (limit == 0 || jobs < limit); ++next)
            if (message.groups[next].agent == agent)
                hand_in_group(message, static_cast<std::uint32_t>(next), parallel_of(limit, groups));
    };
    hand_in_more(Agent::local, message.next_local, message.local_jobs, local_limit, locals);
    if (message.local_jobs > 0 && remotes > 0 && core_.parameters.local_first > 0) {
        if (message.hold_remote_until == 0) {
            message.hold_remote_until = core_.clock.seconds() + core_.parameters.local_first;
            holding_.push_back(message.number);
        }
        if (core_.clock.seconds() < message.hold_remote_until)
            return;
    }
    hand_in_more(Agent::remote, message.next_remote, message.remote_jobs, remote_limit, remotes);
}

// With serialize_hosts one delivery at a time, so that each finds its hosts free.
// launcher has one child do all that wait for a mailbox: several deliveries share the barriers of the disk.
std::size_t Dispatch::window_of(const Group& group) const
{
    if (!option_of(group.request.instruction, "serialize_hosts").empty())
        return 1;
    const bool is_mailbox = group.agent == Agent::local && group.request.instruction.driver == "appendfile";
    return is_mailbox ? core_.parameters.maildir_concurrency : 0;
}

// False when its destination has a long queue, or the pace of its host or sender has: what waits there takes no place in
// memory and holds up no queue run.
bool Dispatch::hand_in_group(Message& message, std::uint32_t index, std::size_t parallel)
{
    Group& group = message.groups[index];
    const auto owner = message.owner();
    if (group.agent == Agent::remote && !group.turned)
        group.meters = core_.paces.meters_for(group.request.instruction, first_hosts(message, group.request.instruction), message.envelope.sender);
    group.parked_by = message.attempt.forced ? nullptr : core_.paces.crowded(group.meters, owner, message.first, core_.parameters.destination_backlog);
    if (group.parked_by || !core_.scheduler.has_place(group.destination, owner, message.first, core_.room_for_one_destination())) {
        park(message, group);
        return false;
    }
    group.job = core_.scheduler.add({.message = message.number,
                                     .group = index,
                                     .owner = owner,
                                     .is_first = message.first,
                                     .agent = group.agent,
                                     .transport = group.request.instruction.transport,
                                     .transport_limit = group.transport_limit,
                                     .destination = group.destination,
                                     .window = window_of(group),
                                     .targets = group.pieces.size(),
                                     .part = group.part,
                                     .parallel = parallel,
                                     .meters = group.meters});
    ++(group.agent == Agent::local ? message.local_jobs : message.remote_jobs);
    return true;
}

void Dispatch::park(Message& message, Group& group)
{
    for (const auto index : group.pieces) {
        auto& piece = message.pieces[index];
        if (piece.state != PieceState::waiting)
            continue;
        piece.state = PieceState::parked;
        --message.unsettled;
    }
}

void Dispatch::stop(Message& message, std::string_view why)
{
    message.troubled = true;
    for (auto& group : message.groups) {
        if (group.job != 0)
            core_.scheduler.cancel(group.job);
        for (const auto index : group.pieces)
            if (auto& piece = message.pieces[index]; piece.state == PieceState::waiting)
                settle_.troubled(message, piece, why);
    }
}

void Dispatch::tick()
{
    std::erase_if(holding_, [this](std::uint64_t number) {
        auto* message = core_.find(number);
        if (!message)
            return true;
        if (core_.clock.seconds() < message->hold_remote_until)
            return false;
        hand_in(*message);
        if (message->unsettled == 0)
            told_.over(*message); // all of it was parked
        return true;
    });
}

bool Dispatch::start_deliveries(std::size_t most)
{
    for (const Agent agent : {Agent::local, Agent::remote}) {
        while (core_.links.agent(agent).connected()) {
            if (most-- == 0)
                return false;
            const auto assignment = core_.scheduler.next(agent);
            if (!assignment)
                break;
            begin(*assignment);
        }
    }
    return true;
}

void Dispatch::begin(const Assignment& assignment)
{
    auto* message = core_.find(assignment.message);
    if (!message)
        return end(assignment, Feedback::untried, 0);
    delivery::Deliver request = message->groups[assignment.group].request;
    auto handed = prepare(*message, assignment, request);
    if (!handed)
        return end(assignment, Feedback::untried, 0);
    const auto pieces = handed->pieces;
    const auto serial = handed->serial;
    auto spawned = event::Loop::current().spawn(
        "deliver", [this, assignment, parts = std::move(*handed), whole = std::move(request)]() mutable {
            carry(assignment, std::move(parts), std::move(whole));
        });
    if (spawned)
        return;
    serial_hosts_.give_back(serial);
    log::warning(message->id.text() + ": " + spawned.error().text + "; trying again soon");
    for (const auto index : pieces)
        settle_.troubled(*message, message->pieces[index], spawned.error().text);
    stop(*message, spawned.error().text);
    end(assignment, Feedback::untried, 0);
}

// The targets that are tried now, and the hosts that are not. Nothing when none is left.
std::optional<Handed> Dispatch::prepare(Message& message, const Assignment& assignment,
                                        delivery::Deliver& request)
{
    const Group& group = message.groups[assignment.group];
    Handed handed{.group = assignment.group, .pieces = {}, .completes = {}, .skipped = {}, .serial = {}};
    for (std::size_t i = assignment.first; i < assignment.first + assignment.count; ++i) {
        auto& piece = message.pieces[group.pieces[i]];
        if (piece.state == PieceState::waiting && may_try(message, piece, group.agent))
            handed.pieces.push_back(group.pieces[i]);
    }
    if (handed.pieces.empty())
        return std::nullopt;
    if (group.agent == Agent::remote && !choose_hosts(message, handed, request)) {
        no_host_left(message, handed);
        return std::nullopt;
    }
    if (group.agent == Agent::remote && !spare_others(message, handed, request)) {
        for (const auto index : handed.pieces)
            settle_.troubled(message, message.pieces[index], "it goes to another host now, which has a bound");
        return std::nullopt;
    }
    auto serial = serial_hosts_.take(request);
    if (!serial) {
        hosts_are_busy(message, handed);
        return std::nullopt;
    }
    handed.serial = std::move(*serial);
    for (const auto index : handed.pieces)
        message.pieces[index].state = PieceState::in_flight;
    fill(message, handed, request);
    for (const auto& target : request.targets)
        handed.completes.push_back(target.completes);
    return handed;
}

// In queue runs an address waits that a host deferred (manual 32.3), and a local delivery that failed. The
// envelope's own recipients were looked at before they were routed; the first is for addresses below them.
bool Dispatch::may_try(Message& message, Piece& piece, Agent agent)
{
    const auto& attempt = message.attempt;
    if (!attempt.queue_run || attempt.forced || core_.book->size() == 0)
        return true;
    const bool is_recipient = piece.address == message.envelope.recipients[piece.recipient].address;
    if (!is_recipient) {
        const auto key = address_key(piece.address, message.envelope.sender);
        if (!has_come(message, key, piece.address, {}, piece, error_routing_retry, "retry time not reached"))
            return false;
    }
    if (agent == Agent::remote)
        return true;
    const auto key = local_retry_key(piece);
    return has_come(message, key, std::string_view(key).substr(2), {}, piece, error_local_retry,
                    "Retry time not yet reached");
}

// Has the retry time of this key come, or does the message's age override it? If not, the piece waits.
bool Dispatch::has_come(Message& message, const std::string& key, std::string_view subject,
                        std::string_view alternate, Piece& piece, std::int32_t number, std::string_view text)
{
    const auto record = core_.book->find(key);
    if (!record || record->next_try <= core_.clock.seconds())
        return true;
    if (core_.book->past_cutoff({.key = key,
                                 .subject = subject,
                                 .alternate = alternate,
                                 .error_name = record->error_name,
                                 .sender = message.envelope.sender,
                                 .received = core_.received(message),
                                 .answers = message.retry_answers.get()}))
        return true;
    settle_.waits(message, piece, number, text, record->next_try, key);
    return false;
}

// Deliveries to one list of hosts wait in their destination's line; this is for lists that overlap.
void Dispatch::hosts_are_busy(Message& message, const Handed& handed)
{
    constexpr std::int64_t soon = 5;
    for (const auto index : handed.pieces) {
        auto& piece = message.pieces[index];
        settle_.waits(message, piece, error_host_retry,
                      "connection limit reached for all hosts for '" +
                          (piece.domain.empty() ? std::string(domain_of(piece.address)) : piece.domain) + "'",
                      core_.clock.seconds() + soon, {});
    }
}

void Dispatch::no_host_left(Message& message, const Handed& handed)
{
    const auto soonest = std::ranges::min_element(handed.skipped, {}, &SkippedHost::next_try);
    const bool all_expired = std::ranges::all_of(handed.skipped, &SkippedHost::expired);
    for (const auto index : handed.pieces) {
        auto& piece = message.pieces[index];
        const std::string domain =
            "'" + (piece.domain.empty() ? std::string(domain_of(piece.address)) : piece.domain) + "'";
        if (all_expired)
            settle_.given_up(message, piece,
                             "all hosts for " + domain +
                                 " have been failing for a long time (and retry time not reached)");
        else
            settle_.waits(message, piece, error_host_retry,
                          "retry time not reached for any host for " + domain, soonest->next_try,
                          soonest->key);
    }
}

void Dispatch::fill(Message& message, const Handed& handed, delivery::Deliver& request) const
{
    const auto& first = message.pieces[handed.pieces.front()];
    auto& instruction = request.instruction;
    instruction.address = first.address;
    instruction.unique = first.unique;
    instruction.local_part = first.local_part;
    instruction.domain = first.domain;
    instruction.prefix = first.prefix;
    instruction.suffix = first.suffix;
    instruction.kind = first.kind;
    instruction.parent = first.parent;
    instruction.retry_key = first.retry_key;
    instruction.router = first.router;
    instruction.log_as_local = first.log_as_local;
    if (instruction.uid == 0 && instruction.user.empty() && !is_remote(instruction) && core_.parameters.shared_uid != 0) {
        instruction.uid = core_.parameters.shared_uid;
        if (instruction.gid == 0)
            instruction.gid = core_.parameters.shared_gid;
    }
    request.id = message.id.text();
    request.ticket = message.ticket;
    request.sender = message.return_path(first);
    request.size = message.size;
    request.received = message.received;
    request.body = message.envelope.body;
    request.smtputf8 = message.envelope.smtputf8;
    request.tls_wish = mail::tls_wish(message.envelope);
    request.dsn_return = message.envelope.dsn_return;
    request.dsn_envid = message.envelope.dsn_envid;
    request.authenticated_sender = message.envelope.origin.authenticated_sender;
    request.body_lines = message.envelope.body_lines;
    request.uncertain = message.uncertain;
    request.deadline = core_.parameters.delivery_timeout;
    if (first.raises_events)
        request.events = {event_question(message.envelope, message.shown_size(), message.headers, instruction.transport)};
    for (const auto index : handed.pieces) {
        const auto& piece = message.pieces[index];
        const auto& recipient = message.envelope.recipients[piece.recipient];
        request.targets.push_back({.recipient = piece.recipient,
                                   .completes = message.open[piece.recipient] == 1,
                                   .unique = piece.unique,
                                   .address = rcpt_address(piece, request.instruction),
                                   .original = recipient.address,
                                   .also = piece.also,
                                   .notify = recipient.notify,
                                   .orcpt = recipient.orcpt,
                                   .kind = piece.kind});
    }
}

// Not with -N.
bool Dispatch::carries(const Assignment& assignment) const
{
    const auto* message = core_.find(assignment.message);
    return !message || !message->envelope.dont_deliver;
}

namespace {

// The host that is tried first.
std::string_view first_name(const delivery::Deliver& request)
{
    const auto is_left = [&](const router::Host& host, const std::string& address) {
        return std::ranges::find(request.hosts_to_skip, address + ":" + std::to_string(port_of(request.instruction, host))) == request.hosts_to_skip.end();
    };
    for (const auto* hosts : {&request.instruction.hosts, &request.instruction.fallback_hosts})
        for (const auto& host : *hosts)
            if (std::ranges::any_of(host.addresses, [&](const std::string& address) { return is_left(host, address); }))
                return host.name;
    return request.instruction.hosts.front().name;
}

}

// Over the connection that a client turned round; and where connections are counted, one process has them all: what it
// keeps open the next delivery uses.
Result<delivery::DeliverReply> Dispatch::hand_over(const Assignment& assignment, delivery::Deliver& request, event::Deadline until)
{
    const auto* message = core_.find(assignment.message);
    if (const auto turned = message && message->groups[assignment.group].turned ? message->attempt.turned : nullptr)
        return turned->deliver(request, until);
    auto& link = core_.links.agent(assignment.agent);
    if (assignment.agent == Agent::local || request.instruction.hosts.empty() || !core_.paces.counts_connections(message->groups[assignment.group].meters))
        return link.call(request, until);
    request.is_counted = true;
    const auto channel = TRY(link.pick_for(lower(first_name(request)), until));
    return channel->call(request, until);
}

// What it took of us; a host that was not the first of its list hears of it here.
void Dispatch::charge(const Message& message, const Handed& handed, const delivery::DeliverReply& reply)
{
    if (message.groups[handed.group].turned)
        return;
    const auto taken = std::ranges::find(reply.outcomes, delivery::Fate::delivered, &delivery::Outcome::fate);
    if (taken != reply.outcomes.end())
        core_.paces.charge(message.groups[handed.group].meters, taken->host_name, taken->host_address, taken->host_port);
}

// Not where one at a time is the rule, and not where nobody is waiting: each notice wakes this process.
bool Dispatch::may_speak_early(const Message& message, const Handed& handed, const Assignment& assignment) const
{
    return assignment.agent == Agent::remote && assignment.is_awaited && handed.serial.empty() && !message.groups[handed.group].turned;
}

void Dispatch::notice(const delivery::Spoken& what, ipc::Channel&)
{
    const auto node = speaking_.extract(what.number);
    if (node.empty())
        return; // an agent that says more than is so gains nothing by it
    core_.scheduler.spoken(*node.mapped());
    core_.kick();
}

// On a fiber of its own, from the request to the answer.
void Dispatch::carry(Assignment assignment, Handed handed, delivery::Deliver request)
{
    const auto started = core_.clock.seconds();
    const auto patience = std::chrono::seconds(core_.parameters.delivery_timeout * (assignment.agent == Agent::local ? local_times : 1) + answer_slack);
    if (const auto* message = core_.find(assignment.message); message && may_speak_early(*message, handed, assignment)) {
        request.number = ++last_number_;
        speaking_.emplace(request.number, &assignment);
    }
    auto reply = carries(assignment) ? hand_over(assignment, request, event::Deadline::in(patience))
                                     : Result<delivery::DeliverReply>(pretended(request));
    speaking_.erase(request.number);
    const auto taken = core_.clock.seconds() - started;
    serial_hosts_.give_back(handed.serial);
    auto* message = core_.find(assignment.message);
    if (!message)
        panic("a message stays active while an agent has it");
    if (reply)
        ask_retry_lists(core_, *message, [&] { return retry_subjects_of(*message, handed.pieces, *reply); });
    if (reply && !reply->made.empty())
        told_.precede({reply->made.begin(), reply->made.end()});
    auto feedback = Feedback::neutral;
    if (reply && assignment.agent == Agent::remote)
        charge(*message, handed, *reply);
    if (reply)
        feedback = settle_.answer(*message, handed, *reply);
    else
        orphan(*message, handed, reply.error());
    end(assignment, feedback, taken);
}

// No answer. If the agent got the request it may have delivered; spoold knows. Otherwise nothing happened.
void Dispatch::orphan(Message& message, const Handed& handed, const Error& error)
{
    const bool may_have_happened = error.cause == Cause::closed || error.cause == Cause::timeout;
    log::warning(message.id.text() + ": " + core_.links.agent(message.groups[handed.group].agent).service() +
                 ": " + error.text +
                 (may_have_happened ? "; asking the spool what was done" : "; trying again soon"));
    for (const auto index : handed.pieces) {
        auto& piece = message.pieces[index];
        if (piece.state != PieceState::in_flight)
            continue;
        if (!may_have_happened) {
            settle_.troubled(message, piece, error.text);
            continue;
        }
        piece.state = PieceState::orphaned;
        --message.unsettled;
        message.orphaned = true;
    }
    stop(message, error.text);
}

// The assignment is over, whatever came of it. The message may be closed by it, and gone afterwards.
void Dispatch::end(const Assignment& assignment, Feedback feedback, std::int64_t seconds)
{
    auto* message = core_.find(assignment.message);
    std::string destination;
    Paces::Meters meters;
    if (message) {
        destination = message->groups[assignment.group].destination;
        meters = message->groups[assignment.group].meters;
    }
    const bool is_over = core_.scheduler.ended(assignment, feedback, seconds);
    if (message) {
        if (is_over) {
            auto& group = message->groups[assignment.group];
            group.job = 0;
            --(group.agent == Agent::local ? message->local_jobs : message->remote_jobs);
            hand_in(*message);
        }
        if (message->unsettled == 0)
            told_.over(*message);
    }
    if (is_over && !destination.empty())
        told_.shorter(destination);
    if (is_over)
        told_.eased(meters);
    core_.kick();
}

}
