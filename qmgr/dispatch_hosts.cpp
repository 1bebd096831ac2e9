// Which hosts of its list a delivery may try.
#include "qmgr/dispatch.h"

#include <algorithm>
#include <utility>

#include "common/base/number.h"
#include "qmgr/grouping.h"

namespace gp::qmgr {

namespace {

bool is_randomized(const router::Delivery& instruction)
{
    const auto said = option_of(instruction, "hosts_randomize");
    return same_nocase(said, "true") || same_nocase(said, "yes");
}

// The order of these is remote's (host_walk.h), at each delivery another one.
bool is_shuffled(const router::Delivery& instruction)
{
    return is_randomized(instruction) && std::ranges::none_of(instruction.hosts, [](const router::Host& host) { return host.mx >= 0; });
}

template <class Take>
void each_host(const router::Delivery& instruction, Take take)
{
    for (const auto* hosts : {&instruction.hosts, &instruction.fallback_hosts})
        for (const auto& host : *hosts)
            if (!host.addresses.empty()) // a mark between two groups of them has none
                take(host);
}

}

// Where a delivery would go: the first host whose retry time has come; one of all, where their order is chance.
Paces::Hosts Dispatch::first_hosts(const Message& message, const router::Delivery& instruction) const
{
    const bool knows = core_.book->size() > 0 && !message.attempt.forced;
    const auto now = core_.clock.seconds();
    const auto rests = [&](const router::Host& host) {
        return knows && std::ranges::all_of(host.addresses, [&](const std::string& address) {
            const auto record = core_.book->find(host_key_of(instruction, host.name, address, port_of(instruction, host)));
            return record && record->next_try > now;
        });
    };
    const auto first_of = [&](const std::vector<router::Host>& hosts, bool all) {
        Paces::Hosts found;
        for (const auto& host : hosts)
            if ((all || found.empty()) && !host.addresses.empty() && !rests(host))
                found.push_back(&host);
        return found;
    };
    auto found = first_of(instruction.hosts, is_shuffled(instruction));
    return found.empty() ? first_of(instruction.fallback_hosts, is_randomized(instruction)) : found;
}

// False when no host may be tried. A delivery without any address goes ahead: the agent reports that.
bool Dispatch::choose_hosts(Message& message, Handed& handed, delivery::Deliver& request)
{
    const auto& piece = message.pieces[handed.pieces.front()];
    const auto& instruction = request.instruction;
    lift_limit(message, piece, request.instruction);
    if (core_.book->size() == 0 || message.attempt.forced)
        return true;
    std::size_t usable = 0, known = 0;
    for (const auto* hosts : {&instruction.hosts, &instruction.fallback_hosts}) {
        for (const auto& host : *hosts) {
            for (const auto& address : host.addresses) {
                ++known;
                if (must_skip(message, piece, instruction, host, address, handed))
                    request.hosts_to_skip.push_back(address + ":" +
                                                    std::to_string(port_of(instruction, host)));
                else
                    ++usable;
            }
        }
    }
    return known == 0 || usable > 0;
}

// A host that has a bound takes what waited for its meters, and nothing else: what comes from a host before it that just
// failed would be more than it bears. Such a delivery waits for its turn there, once: where nothing is remembered of the
// first host's failure it goes there then. A suite for one command has no later turn.
// False when even the first host is such a one: the retry times have changed since the delivery was handed in.
bool Dispatch::spare_others(const Message& message, Handed& handed, delivery::Deliver& request)
{
    const auto* entry = core_.index.find(message.id);
    const auto& instruction = request.instruction;
    if (message.groups[handed.group].turned || core_.parameters.one_shot || (entry && entry->troubles > 0) || is_randomized(instruction))
        return true;
    const auto& meters = message.groups[handed.group].meters;
    bool is_first = true, may_begin = true;
    each_host(instruction, [&](const router::Host& host) {
        std::vector<std::string> usable;
        for (const auto& address : host.addresses)
            if (auto text = address + ":" + std::to_string(port_of(instruction, host)); std::ranges::find(request.hosts_to_skip, text) == request.hosts_to_skip.end())
                usable.push_back(std::move(text));
        if (usable.empty())
            return;
        const bool is_wanted = std::exchange(is_first, false);
        if (!core_.paces.is_bounded(instruction, host, meters))
            return;
        if (is_wanted) {
            may_begin = false;
            return;
        }
        handed.spared = true;
        request.hosts_to_skip.insert(request.hosts_to_skip.end(), usable.begin(), usable.end());
    });
    return may_begin;
}

// Manual 30.5: hosts past their retry limit do not count towards hosts_max_try, so that each of them is tried before the
// address is given up; hosts_max_try_hardlimit still holds.
void Dispatch::lift_limit(const Message& message, const Piece& piece, router::Delivery& instruction) const
{
    std::size_t known = 0;
    for (const auto& host : instruction.hosts)
        known += host.addresses.size();
    const auto limit = std::ranges::find(instruction.options, "hosts_max_try", &router::Option::name);
    constexpr std::size_t built_in = 5;
    const auto most = limit == instruction.options.end() ? built_in : parse_unsigned(limit->value).value_or(built_in);
    if (most == 0 || known <= most)
        return;
    const bool all_past = std::ranges::all_of(instruction.hosts, [&](const router::Host& host) {
        if (message.first && !core_.book->rules().find(host.name, piece.domain, {}, message.envelope.sender, message.retry_answers.get()))
            return false; // nothing is past a limit that there is not; a later attempt is one that somebody ordered
        return core_.book->past_cutoff({.key = {},
                                        .subject = host.name,
                                        .alternate = piece.domain,
                                        .sender = message.envelope.sender,
                                        .received = core_.received(message),
                                        .answers = message.retry_answers.get()});
    });
    if (!all_past)
        return;
    if (limit == instruction.options.end())
        instruction.options.push_back({"hosts_max_try", "0"});
    else
        limit->value = "0";
}

bool Dispatch::must_skip(Message& message, const Piece& piece, const router::Delivery& instruction,
                         const router::Host& host, const std::string& address, Handed& handed)
{
    const auto now = core_.clock.seconds();
    const auto by_host = host_key_of(instruction, host.name, address, port_of(instruction, host));
    for (const auto& key : {by_host, host_message_key(by_host, message.id.view())}) {
        const auto record = core_.book->find(key);
        if (!record || record->next_try <= now)
            continue;
        const bool eager = record->expired && option_of(instruction, "delay_after_cutoff") == "false";
        if (eager && record->last_try < message.received_seconds())
            continue; // tried before the message came: once more for this one (manual 32.10)
        if (!record->expired && core_.book->past_cutoff({.key = key,
                                                         .subject = host.name,
                                                         .alternate = piece.domain,
                                                         .error_name = record->error_name,
                                                         .sender = message.envelope.sender,
                                                         .received = core_.received(message),
                                                         .answers = message.retry_answers.get()}))
            continue;
        handed.skipped.push_back({.key = key, .next_try = record->next_try, .expired = record->expired});
        return true;
    }
    return false;
}

}
