#include "cleanup/spoold/leases.h"

#include <algorithm>

namespace gp::spoold {

void Leases::take(const spool::Key& id, Channel channel)
{
    ++messages_[id].leases[channel].count;
}

void Leases::finishing(const spool::Key& id, Channel channel, std::uint64_t run,
                       const std::vector<std::string>& children)
{
    auto& lease = messages_[id].leases[channel];
    lease.runs.insert(run);
    lease.count = std::max(lease.count, static_cast<unsigned>(lease.runs.size())); // fetched before we were restarted
    for (const auto& child : children)
        lease.finishing[child] = {.run = run};
}

void Leases::delivered(const spool::Key& id, const std::vector<std::string>& children)
{
    const auto message = messages_.find(id);
    if (message == messages_.end())
        return;
    for (auto& [channel, lease] : message->second.leases)
        for (const auto& child : children)
            lease.finishing.erase(child);
}

bool Leases::is_finishing_elsewhere(const spool::Key& id, Channel channel, std::uint64_t run,
                                    std::string_view child) const
{
    const auto message = messages_.find(id);
    return message != messages_.end() && std::ranges::any_of(message->second.leases, [&](const auto& lease) {
               const auto window = lease.second.finishing.find(child);
               return window != lease.second.finishing.end() && !window->second.has_ended &&
                      (lease.first != channel || window->second.run != run);
           });
}

Leases::Ended Leases::end(Messages::iterator message, Channel channel)
{
    auto& leases = message->second.leases;
    const auto lease = leases.find(channel);
    Ended ended{.id = message->first,
                .unsettled = {},
                .let_go = {},
                .lost = {},
                .last = leases.size() == 1,
                .told = message->second.told};
    for (const auto& [child, window] : lease->second.finishing)
        (window.is_lost ? ended.lost : window.has_ended ? ended.let_go : ended.unsettled).push_back(child);
    leases.erase(lease);
    if (leases.empty())
        messages_.erase(message);
    return ended;
}

std::optional<Leases::Ended> Leases::release(const spool::Key& id, Channel channel, std::uint64_t run, bool lost)
{
    const auto message = messages_.find(id);
    if (message == messages_.end())
        return std::nullopt;
    const auto lease = message->second.leases.find(channel);
    if (lease == message->second.leases.end())
        return std::nullopt;
    for (auto& [child, window] : lease->second.finishing)
        if (window.run == run) {
            window.has_ended = true;
            window.is_lost = window.is_lost || lost;
        }
    lease->second.runs.erase(run);
    if (--lease->second.count > 0)
        return std::nullopt;
    return end(message, channel);
}

std::vector<Leases::Ended> Leases::channel_gone(Channel channel)
{
    std::vector<Ended> ended;
    for (auto message = messages_.begin(); message != messages_.end();) {
        const auto next = std::next(message);
        if (message->second.leases.contains(channel))
            ended.push_back(end(message, channel));
        message = next;
    }
    return ended;
}

void Leases::mark_told(const spool::Key& id)
{
    const auto message = messages_.find(id);
    if (message != messages_.end())
        message->second.told = true;
}

}
