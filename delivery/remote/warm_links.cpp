#include "delivery/remote/warm_links.h"

#include <algorithm>

namespace gp::remote {
namespace {

constexpr Duration sweep_interval{500};

// The host's name and the port, of warm_key's first two lines.
struct Where {
    std::string_view name, port;
};

Where where_of(std::string_view key)
{
    const auto name = key.substr(0, key.find('\n'));
    auto address = key.substr(name.size() + 1);
    address = address.substr(0, address.find('\n'));
    return {name, address.substr(address.rfind(':') + 1)};
}

bool is_one_host(const Where& one, const Where& other)
{
    return one.port == other.port && same_nocase(one.name, other.name);
}

}

std::string warm_key(const HostAddress& host, const router::Delivery& instruction, const SmtpOptions& options,
                     std::string_view sender, bool logins_vary)
{
    std::string key = host.host_name + "\n" + net::SocketAddress{host.address, host.port}.text() + "\n" +
                      host.certificate_name + "\n" + (host.dnssec ? "dnssec\n" : "") +
                      (host.is_named_surely ? "named\n" : "") + instruction.transport + "\n" + options.fingerprint();
    const bool logs_in = !options.hosts_try_auth.empty() || !options.hosts_require_auth.empty();
    if ((logs_in && logins_vary) || options.has_late())
        key += "\n" + std::string(sender);
    if (options.has_late())
        key += "\n" + instruction.local_part + "@" + instruction.domain;
    return key;
}

WarmLinks::WarmLinks(const Parameters& parameters) : parameters_(parameters), timer_([this] { sweep(); }) {}

WarmLinks::~WarmLinks() = default;

std::unique_ptr<ClientSession> WarmLinks::take(const std::string& key)
{
    for (auto found = by_key_.find(key); found != by_key_.end(); found = by_key_.find(key)) {
        const auto place = found->second.back(); // the one used last is the likeliest to live
        auto session = std::move(place->session);
        drop(place);
        if (session->wire().is_quiet())
            return session;
    }
    return nullptr;
}

std::unique_ptr<ClientSession> WarmLinks::keep(const std::string& key, std::unique_ptr<ClientSession> session)
{
    const auto known = by_key_.find(key);
    const bool full = idle_.size() >= parameters_.idle_connections_max ||
                      (known != by_key_.end() && known->second.size() >= parameters_.idle_per_host_max);
    if (parameters_.connection_keep == 0 || full)
        return session;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{parameters_.connection_keep};
    idle_.push_back({key, std::move(session), until});
    by_key_[key].push_back(std::prev(idle_.end()));
    if (!timer_.running())
        timer_.start_every(sweep_interval);
    return nullptr;
}

std::unique_ptr<ClientSession> WarmLinks::take_other(const std::string& key)
{
    const auto there = where_of(key);
    const auto found = std::ranges::find_if(idle_, [&](const Idle& one) { return one.key != key && is_one_host(where_of(one.key), there); });
    if (found == idle_.end())
        return nullptr;
    auto session = std::move(found->session);
    drop(found);
    return session;
}

void WarmLinks::drop(Place which)
{
    const auto known = by_key_.find(which->key);
    std::erase(known->second, which);
    if (known->second.empty())
        by_key_.erase(known);
    idle_.erase(which);
}

void WarmLinks::sweep()
{
    const auto now = std::chrono::steady_clock::now();
    while (!idle_.empty() && idle_.front().until <= now) {
        auto session = std::move(idle_.front().session);
        drop(idle_.begin());
        say_goodbye(std::move(session), std::chrono::seconds{parameters_.quit_timeout});
    }
    if (idle_.empty())
        timer_.cancel();
}

void WarmLinks::close_all()
{
    while (!idle_.empty()) {
        auto session = std::move(idle_.front().session);
        drop(idle_.begin());
        say_goodbye(std::move(session), std::chrono::seconds{parameters_.quit_timeout});
    }
    timer_.cancel();
}

}
