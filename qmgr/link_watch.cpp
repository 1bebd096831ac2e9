#include "qmgr/link_watch.h"

#include <algorithm>

#include "common/base/duration.h"
#include "common/base/number.h"
#include "common/base/text.h"
#include "common/log/log.h"

namespace gp::qmgr {
namespace {

constexpr std::size_t most_outages = 32; // remembered
constexpr std::string_view state_key = "state", outages_key = "outages";

// The network of a host, as far as one line or one provider has it.
net::Address network_of(const net::Address& address)
{
    const auto bare = address.unmapped();
    return bare.masked(bare.is_v4() ? 24 : 48);
}

std::string duration_text(std::int64_t seconds)
{
    return format_duration(std::chrono::seconds(seconds));
}

// "1700000000 1700000600 0"
std::vector<std::int64_t> numbers_in(std::string_view text)
{
    std::vector<std::int64_t> numbers;
    for (const auto word : split(text, ' '))
        if (const auto number = parse_unsigned(word); number && *number < std::uint64_t{1} << 40)
            numbers.push_back(static_cast<std::int64_t>(*number));
        else
            return {};
    return numbers;
}

}

LinkWatch::LinkWatch(const Settings& settings, const Clock& clock, std::unique_ptr<hints::Store> store)
    : clock_(clock), store_(std::move(store)), reached_(clock.seconds())
{
    change(settings);
    load();
}

void LinkWatch::change(const Settings& settings)
{
    settings_ = settings;
    inner_ = {};
    for (const auto& text : settings.inner)
        if (const auto network = net::Cidr::parse(text))
            inner_.add(*network, 0);
    if (settings.hosts == 0 && is_out_)
        end(clock_.seconds());
}

bool LinkWatch::is_inner(std::string_view address) const
{
    const auto parsed = net::Address::parse(address);
    return !parsed || inner_.contains(parsed->unmapped());
}

void LinkWatch::reached(std::string_view address)
{
    const auto now = clock_.seconds();
    const bool is_news = now != reached_ || is_out_ || is_exhausted_ || !domains_.empty();
    if (settings_.hosts == 0 || !is_news || is_inner(address))
        return;
    reached_ = now;
    is_changed_ = true;
    is_exhausted_ = false;
    if (!is_out_)
        return forget_evidence();
    const auto lasted = now - began_;
    end(now);
    log::main("link: " + escape(address) + " answers: the outage of our own link is over after " + duration_text(lasted) +
              ", which the retry rules leave out of the ages of messages and of failures");
    on_return();
}

void LinkWatch::unreached(std::string_view domain, std::string_view address, std::int64_t since)
{
    if (settings_.hosts == 0 || is_exhausted_ || since < reached_ || (!address.empty() && is_inner(address)))
        return;
    const auto now = clock_.seconds();
    if (is_out_) {
        if (now - began_ < settings_.most)
            return;
        end(began_ + settings_.most);
        is_exhausted_ = true;
        return log::warning("link: nobody outside has answered for " + duration_text(settings_.most) +
                            " (link_outage_max): from now on the retry rules count the time again");
    }
    if (domains_.empty())
        began_ = now;
    const auto by_domain = std::hash<std::string>{}(lower(domain));
    if (domains_.size() < settings_.hosts)
        domains_.insert(by_domain);
    if (networks_.size() < settings_.hosts)
        networks_.insert(address.empty() ? by_domain : net::AddressHash{}(network_of(*net::Address::parse(address))));
    if (is_enough())
        begin();
}

bool LinkWatch::is_enough() const
{
    return domains_.size() >= settings_.hosts && networks_.size() >= settings_.hosts && clock_.seconds() - began_ >= settings_.after;
}

void LinkWatch::begin()
{
    is_out_ = true;
    log::warning("link: hosts of " + std::to_string(networks_.size()) + " networks have begun to fail in the last " +
                 duration_text(clock_.seconds() - began_) +
                 ", and none outside answers: this is taken for an outage of our own link or name server. Nothing is given up for its "
                 "age until a host answers (link_outage_hosts, link_inner_networks)");
    keep();
    flush();
}

void LinkWatch::end(std::int64_t when)
{
    past_.push_back({.began = began_, .ended = when});
    if (past_.size() > most_outages)
        past_.erase(past_.begin());
    is_out_ = false;
    forget_evidence();
    keep();
    flush();
}

void LinkWatch::forget_evidence()
{
    domains_.clear();
    networks_.clear();
    began_ = 0;
}

std::int64_t LinkWatch::outage_since(std::int64_t since) const
{
    std::int64_t sum = 0;
    for (const auto& outage : past_)
        sum += std::max<std::int64_t>(0, outage.ended - std::max(since, outage.began));
    if (is_out_)
        sum += std::max<std::int64_t>(0, std::min(clock_.seconds(), began_ + settings_.most) - std::max(since, began_));
    return sum;
}

std::int64_t LinkWatch::lasts() const
{
    return is_out_ ? std::max<std::int64_t>(1, clock_.seconds() - began_) : 0;
}

std::int64_t LinkWatch::end_of(std::int64_t at) const
{
    const auto found = std::ranges::find_if(past_, [at](const Outage& outage) { return outage.began <= at && at < outage.ended; });
    return found == past_.end() ? 0 : found->ended;
}

std::int64_t LinkWatch::sooner(std::int64_t next_try) const
{
    return is_out_ ? std::min(next_try, clock_.seconds() + settings_.retry) : next_try;
}

void LinkWatch::load()
{
    if (!store_)
        return;
    const auto now = clock_.seconds();
    const auto outages = numbers_in(store_->get(outages_key).value_or(""));
    for (std::size_t i = 0; i + 1 < outages.size() && past_.size() < most_outages; i += 2)
        if (outages[i] <= outages[i + 1] && outages[i + 1] <= now)
            past_.push_back({.began = outages[i], .ended = outages[i + 1]});
    const auto state = numbers_in(store_->get(state_key).value_or(""));
    if (state.size() != 3 || state[0] > now || state[1] > now)
        return;
    reached_ = state[0];
    is_exhausted_ = state[2] != 0;
    is_out_ = settings_.hosts != 0 && state[1] != 0;
    began_ = is_out_ ? state[1] : 0;
}

void LinkWatch::keep()
{
    is_changed_ = false;
    if (!store_)
        return;
    std::string outages;
    for (const auto& outage : past_)
        outages += (outages.empty() ? "" : " ") + std::to_string(outage.began) + " " + std::to_string(outage.ended);
    store_->put(outages_key, outages);
    store_->put(state_key, std::to_string(reached_) + " " + std::to_string(is_out_ ? began_ : 0) + " " + (is_exhausted_ ? "1" : "0"));
}

void LinkWatch::flush()
{
    if (is_changed_)
        keep();
    if (store_)
        store_->flush();
}

}
