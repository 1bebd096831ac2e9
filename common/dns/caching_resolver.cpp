#include "common/dns/caching_resolver.h"

#include <algorithm>

namespace gp::dns {
namespace {

std::size_t size_of(const Answer& answer)
{
    std::size_t total = sizeof answer + answer.name.size() + answer.canonical.size() + 128;
    for (const auto& record : answer.records) {
        total += sizeof record + record.name.size();
        if (const auto* text = record.as<Text>())
            for (const auto& one : text->strings)
                total += sizeof one + one.size();
        if (const auto* opaque = record.as<Opaque>())
            total += opaque->octets.size();
    }
    return total;
}

}

CachingResolver::CachingResolver(std::unique_ptr<Resolver> source, const Limits& limits)
    : source_(std::move(source)), limits_(limits)
{
}

CachingResolver::~CachingResolver() = default;

Result<Answer> CachingResolver::lookup(std::string_view name, Type type, event::Deadline until)
{
    const std::string key = std::to_string(static_cast<unsigned>(type)) + ' ' + normal_name(name);
    while (true) {
        if (auto answer = cached(key))
            return std::move(*answer);
        const auto running = flights_.find(key);
        if (running == flights_.end())
            break;
        const auto flight = running->second; // outlives its entry while we look at it
        event::Notice notice;
        flight->waiting.push_back(&notice);
        const bool told = notice.wait(until);
        std::erase(flight->waiting, &notice);
        if (!told)
            return temporary("DNS look-up of " + normal_name(name) + " timed out", Cause::timeout);
        // The one who asked may have had less patience than we have.
        if (*flight->result || flight->result->error().cause != Cause::timeout || until.expired())
            return *flight->result;
    }
    const auto flight = std::make_shared<Flight>();
    flights_.emplace(key, flight);
    flight->result = source_->lookup(name, type, until);
    flights_.erase(key);
    if (*flight->result)
        keep(key, **flight->result);
    for (auto* waiting : flight->waiting)
        waiting->notify();
    return *flight->result;
}

std::optional<Answer> CachingResolver::cached(const std::string& key)
{
    const auto found = index_.find(key);
    if (found == index_.end())
        return std::nullopt;
    const auto entry = found->second;
    const auto left = entry->expires - std::chrono::steady_clock::now();
    if (left <= left.zero()) {
        octets_ -= entry->octets;
        order_.erase(entry);
        index_.erase(found);
        return std::nullopt;
    }
    order_.splice(order_.begin(), order_, entry);
    Answer answer = *entry->answer;
    answer.ttl = static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(left).count());
    return answer;
}

void CachingResolver::keep(const std::string& key, const Answer& answer)
{
    const auto ttl = std::min(answer.ttl, limits_.max_ttl);
    const auto octets = size_of(answer);
    if (ttl == 0 || octets > limits_.octets || index_.contains(key))
        return;
    order_.push_front({key, std::make_shared<const Answer>(answer),
                       std::chrono::steady_clock::now() + std::chrono::seconds{ttl}, octets});
    index_.emplace(key, order_.begin());
    octets_ += octets;
    while (index_.size() > limits_.entries || octets_ > limits_.octets)
        drop_oldest();
}

void CachingResolver::drop_oldest()
{
    const auto& entry = order_.back();
    octets_ -= entry.octets;
    index_.erase(entry.key);
    order_.pop_back();
}

void CachingResolver::clear()
{
    order_.clear();
    index_.clear();
    octets_ = 0;
}

}
