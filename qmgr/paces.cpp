#include "qmgr/paces.h"

#include <algorithm>
#include <utility>

#include "common/base/number.h"
#include "common/log/log.h"
#include "qmgr/excess.h"
#include "qmgr/grouping.h"
#include "qmgr/regex.h"

namespace gp::qmgr {
namespace {

// A refusal that does not say so is taken for one of too much only from a host that took so many just before.
constexpr std::uint64_t enough_to_suppose = 50;
constexpr unsigned most_refused_alone = 4; // a host may take a while to see that other connections have ended
constexpr std::int64_t sweep_pause = 10; // seconds between two searches for what can be forgotten, when all places are taken

std::string key_of(std::string_view host, std::uint32_t port)
{
    return "h" + lower(host) + ":" + std::to_string(port);
}

// The second in which it has room again, if nothing ends or begins until then; 0: it has none by time alone. With time a
// meter only forgets, so that the first such second is found by halves; each look is at a copy, which forgets instead.
std::int64_t free_at(const Meter& meter, std::int64_t now)
{
    constexpr std::int64_t horizon = 32 * 86'400; // no rate has a longer time
    const auto has_room = [&](std::int64_t then) { return Meter{meter}.has_room(then); };
    if (!has_room(now + horizon))
        return 0;
    auto never = now, sure = now + horizon;
    while (sure - never > 1) {
        const auto middle = never + (sure - never) / 2;
        (has_room(middle) ? sure : never) = middle;
    }
    return sure;
}

// The configuration was checked when it was read; what is wrong all the same is told and left out.
template <class Add>
void read(const std::vector<std::string>& texts, Result<conf::PaceRule> (*parse)(std::string_view), Add add)
{
    for (const auto& text : texts) {
        auto rule = parse(text);
        auto added = rule ? add(std::move(rule).take()) : Status{std::move(rule).error()};
        if (!added)
            log::alarm(added.error().text);
    }
}

}

bool Paces::HostRule::fits(std::string_view name, const std::vector<std::string>& addresses) const
{
    if (network)
        return std::ranges::any_of(addresses, [&](const std::string& text) {
            const auto address = net::Address::parse(text);
            return address && network->contains(*address);
        });
    const std::string_view pattern = rule.pattern;
    return pattern.starts_with('*') ? ends_nocase(name, pattern.substr(1)) : same_nocase(name, pattern);
}

Paces::Paces(const Parameters& parameters, const Clock& clock) : clock_(clock)
{
    change(parameters);
}

void Paces::change(const Parameters& parameters)
{
    const auto memory = parameters.host_limits_learned ? std::int64_t{parameters.host_limit_memory} : 0;
    const std::vector<std::string> now[3] = {parameters.host_connections, parameters.host_message_rate, parameters.sender_message_rate};
    if (std::ranges::equal(now, texts_) && interval_ == parameters.host_limit_interval && memory_ == memory && most_ == parameters.pace_entries_max)
        return;
    std::ranges::copy(now, texts_);
    interval_ = parameters.host_limit_interval;
    memory_ = memory;
    most_ = std::max<std::size_t>(1, parameters.pace_entries_max);
    connections_.clear();
    messages_.clear();
    senders_.clear();
    const auto to = [](std::vector<HostRule>& rules) {
        return [&rules](conf::PaceRule rule) -> Status {
            auto network = net::Cidr::parse(rule.pattern);
            rules.push_back({std::move(rule), network ? std::optional{*network} : std::nullopt});
            return {};
        };
    };
    read(texts_[0], conf::parse_share, to(connections_));
    read(texts_[1], conf::parse_pace, to(messages_));
    read(texts_[2], conf::parse_pace, [this](conf::PaceRule rule) -> Status {
        auto pattern = TRY(AddressPattern::parse(rule.pattern, pcre_matcher()));
        senders_.push_back({std::move(rule), std::move(pattern)});
        return {};
    });
    for (const auto& [key, entry] : meters_)
        entry.meter->change(entry.is_sender ? sender_bounds(entry.name) : bounds_for(entry.name, entry.addresses), clock_.seconds());
}

Meter::Bounds Paces::bounds_for(std::string_view host, const std::vector<std::string>& addresses) const
{
    Meter::Bounds bounds{.interval = interval_, .memory = memory_};
    const auto fits = [&](const HostRule& rule) { return rule.fits(host, addresses); };
    if (const auto found = std::ranges::find_if(connections_, fits); found != connections_.end())
        bounds.at_once = found->rule.count;
    if (const auto found = std::ranges::find_if(messages_, fits); found != messages_.end()) {
        bounds.messages = found->rule.count;
        bounds.seconds = found->rule.seconds;
    }
    return bounds;
}

const Paces::SenderRule* Paces::rule_for(std::string_view sender) const
{
    const auto rule = std::ranges::find_if(senders_, [&](const SenderRule& one) { return !sender.empty() && one.pattern.matches(sender); });
    return rule == senders_.end() ? nullptr : &*rule;
}

Meter::Bounds Paces::sender_bounds(std::string_view sender) const
{
    Meter::Bounds bounds{.memory = 0};
    if (const auto* rule = rule_for(sender)) {
        bounds.messages = rule->rule.count;
        bounds.seconds = rule->rule.seconds;
    }
    return bounds;
}

// For one more there is a place while those that tell something are fewer than the bound.
bool Paces::has_place(const std::string& key, std::size_t most)
{
    if (meters_.size() < most || meters_.contains(key))
        return true;
    if (const auto now = clock_.seconds(); now >= swept_ + sweep_pause || now < swept_) {
        swept_ = now;
        sweep(now);
        if (meters_.size() < most)
            return true;
    }
    if (!std::exchange(is_full_, true))
        log::alarm("there are " + std::to_string(most_) + " paces of hosts and senders (pace_entries_max): further senders share that of "
                   "their rule, and further hosts have none");
    return false;
}

std::shared_ptr<Meter> Paces::host_meter(const std::string& name, std::uint32_t port, const std::vector<std::string>& addresses)
{
    const auto key = key_of(name, port);
    if (const auto bounds = bounds_for(name, addresses); bounds.at_once == 0 && bounds.messages == 0 && !has_place(key, most_))
        return std::make_shared<Meter>(bounds); // hosts that the configuration names have theirs always
    auto& entry = meters_[key];
    if (!entry.meter)
        entry = {.meter = std::make_shared<Meter>(bounds_for(name, addresses)), .name = name, .addresses = addresses};
    return entry.meter;
}

std::shared_ptr<Meter> Paces::sender_meter(std::string_view sender)
{
    const auto* rule = rule_for(sender);
    if (!rule)
        return {};
    auto key = "s" + lower(sender);
    if (!has_place(key, most_ / 2)) // who varies addresses leaves the hosts theirs
        key = "r" + rule->rule.pattern;
    auto& entry = meters_[key];
    if (!entry.meter)
        entry = {.meter = std::make_shared<Meter>(sender_bounds(sender)), .name = std::string(sender), .addresses = {}, .is_sender = true};
    return entry.meter;
}

Paces::Meters Paces::meters_for(const router::Delivery& instruction, const Hosts& hosts, std::string_view sender)
{
    Meters meters;
    for (const auto* host : hosts)
        if (auto meter = host_meter(host->name, port_of(instruction, *host), host->addresses); std::ranges::find(meters, meter) == meters.end())
            meters.push_back(std::move(meter));
    if (auto meter = sender_meter(sender))
        meters.push_back(std::move(meter));
    return meters;
}

std::shared_ptr<Meter> Paces::crowded(const Meters& meters, Owner owner, bool is_first, std::size_t backlog) const
{
    const auto now = clock_.seconds();
    const auto most = std::max<std::size_t>(1, backlog);
    const auto full = std::ranges::find_if(meters, [&](const auto& meter) { return !meter->has_place(owner, is_first, most, now); });
    return full == meters.end() ? nullptr : *full;
}

bool Paces::is_spent(const Meters& meters) const
{
    return std::ranges::any_of(meters, [now = clock_.seconds()](const auto& meter) { return meter->is_spent(now); });
}

std::optional<Paces::Hold> Paces::hold_of(const Meters& meters) const
{
    const auto now = clock_.seconds();
    const auto full = std::ranges::find_if(meters, [now](const auto& meter) { return !meter->has_room(now); });
    if (full == meters.end())
        return std::nullopt;
    if (std::exchange(known_at_, now) != now || known_.size() != meters_.size()) {
        known_.clear();
        for (const auto& [key, entry] : meters_)
            known_.emplace(entry.meter.get(), Known{&entry, {}});
    }
    const auto known = known_.find(full->get());
    if (known == known_.end()) // it has no place of its own: pace_entries_max
        return Hold{.name = "a host or sender", .until = free_at(**full, now)};
    if (!known->second.until)
        known->second.until = free_at(**full, now);
    return Hold{.name = (known->second.entry->is_sender ? "sender " : "host ") + known->second.entry->name, .until = *known->second.until};
}

bool Paces::counts_connections(const Meters& meters) const
{
    return std::ranges::any_of(meters, [now = clock_.seconds()](const auto& meter) { return meter->at_once(now) > 0; });
}

bool Paces::is_bounded(const router::Delivery& instruction, const router::Host& host, const Meters& but) const
{
    const auto known = meters_.find(key_of(host.name, port_of(instruction, host)));
    if (known == meters_.end()) {
        const auto bounds = bounds_for(host.name, host.addresses);
        return bounds.at_once > 0 || bounds.messages > 0;
    }
    return known->second.meter->is_bounded(clock_.seconds()) && std::ranges::find(but, known->second.meter) == but.end();
}

void Paces::charge(const Meters& meters, const std::string& host, const std::string& address, std::uint32_t port)
{
    if (host.empty())
        return;
    const auto meter = host_meter(host, port, {address});
    if (std::ranges::find(meters, meter) != meters.end())
        return;
    meter->started();
    meter->ended(true, clock_.seconds());
}

bool Paces::takes_blame(const delivery::HostFailure& failure)
{
    const auto excess = excess_in(failure.text);
    if (excess.of == Excess::Of::nothing || memory_ == 0)
        return false;
    const auto meter = host_meter(failure.name, failure.port, {failure.address});
    const auto now = clock_.seconds();
    const auto before = std::pair{meter->at_once(now), meter->messages_in_interval(now)};
    if (excess.of == Excess::Of::connections) {
        // One that refuses the only connection again and again does not have too many: its retry rules say when it is asked.
        const bool knows_nothing = meter->taken_lately(now) == 0 && before.first == 0;
        if (meter->connections() < 2 && (knows_nothing || meter->refused_alone() >= most_refused_alone))
            return false;
        // A host that says no more than 421 to all, as one that is going down does, must not be left with one connection.
        if (!excess.is_said && (meter->connections() < 2 || meter->taken_lately(now) == 0 || before.first > 0))
            return false;
        meter->refused_connection(now, excess.is_said);
    } else {
        const auto taken = meter->taken_lately(now);
        if (taken == 0 || (!excess.is_said && (taken < enough_to_suppose || before.second > 0)))
            return false;
        meter->refused_message(now, excess.is_said);
    }
    if (before != std::pair{meter->at_once(now), meter->messages_in_interval(now)})
        tell(failure, *meter);
    return true;
}

void Paces::tell(const delivery::HostFailure& failure, const Meter& meter) const
{
    const auto now = clock_.seconds();
    std::string bound;
    if (const auto most = meter.at_once(now))
        bound = std::to_string(most) + (most == 1 ? " connection" : " connections") + " at once";
    if (const auto most = meter.messages_in_interval(now))
        bound += (bound.empty() ? "" : " and ") + std::to_string(most) + (most == 1 ? " message in " : " messages in ") +
                 std::to_string(interval_) + "s";
    log::main("H=" + escape(failure.name) + " [" + escape(failure.address) + "] refused what was too much for it: it gets " + bound +
              " (host_limits_learned, for " + std::to_string(memory_) + "s)");
}

void Paces::forget_idle()
{
    is_full_ = false;
    sweep(clock_.seconds());
}

void Paces::sweep(std::int64_t now)
{
    known_.clear();
    known_at_ = -1;
    std::erase_if(meters_, [now](const auto& entry) { return entry.second.meter.use_count() == 1 && entry.second.meter->is_forgettable(now); });
}

}
