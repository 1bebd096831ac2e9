#include "delivery/remote/host_walk.h"

#include <algorithm>

namespace gp::remote {
namespace {

// Runs of hosts that stand side by side in the list are shuffled; "+" entries part them (manual 30.4,
// hosts_randomize). Hosts from MX records are in their order already.
void shuffle(std::vector<router::Host>& hosts, const HostWalk::Random& random)
{
    const auto parts = [](const router::Host& host) { return host.name == "+"; };
    for (auto first = hosts.begin(); first != hosts.end();) {
        const auto end = std::find_if(first, hosts.end(), parts);
        for (auto size = static_cast<std::uint32_t>(end - first); size > 1; --size)
            std::swap(first[size - 1], first[random(size)]);
        first = end == hosts.end() ? end : end + 1;
    }
    std::erase_if(hosts, parts);
}

}

HostWalk::HostWalk(const delivery::Deliver& request, const SmtpOptions& options, std::uint16_t default_port,
                   const Random& random)
    : max_try_(options.hosts_max_try), hard_limit_(options.hosts_max_try_hardlimit)
{
    auto hosts = request.instruction.hosts;
    auto fallback = request.instruction.fallback_hosts;
    const bool from_mx = std::ranges::any_of(hosts, [](const router::Host& host) { return host.mx >= 0; });
    const auto without_marks = [](std::vector<router::Host>& list) {
        std::erase_if(list, [](const router::Host& host) { return host.name == "+"; });
    };
    if (options.hosts_randomize && !from_mx)
        shuffle(hosts, random);
    if (options.hosts_randomize)
        shuffle(fallback, random);
    without_marks(hosts);
    without_marks(fallback);
    add(hosts, false, request, default_port);
    add(fallback, true, request, default_port);
}

void HostWalk::add(const std::vector<router::Host>& hosts, bool is_fallback, const delivery::Deliver& request,
                   std::uint16_t default_port)
{
    for (const auto& host : hosts) {
        if (host.addresses.empty())
            lookup_deferred_ = true;
        for (const auto& text : host.addresses) {
            const auto address = net::Address::parse(text);
            if (!address)
                continue; // router sends none such
            const auto port = host.port > 0 && host.port <= 65535 ? static_cast<std::uint16_t>(host.port) : default_port;
            const bool skipped = std::ranges::find(request.hosts_to_skip, text + ":" + std::to_string(port)) !=
                                 request.hosts_to_skip.end();
            usable_ += skipped ? 0 : 1;
            all_.push_back({{.host_name = host.name.empty() ? text : host.name,
                             .address = *address,
                             .port = port,
                             .mx = host.mx,
                             .dnssec = host.dnssec,
                             .is_named_surely = host.is_named_surely,
                             .certificate_name = host.certificate_name,
                             .is_fallback = is_fallback},
                            skipped});
        }
    }
}

std::optional<HostAddress> HostWalk::next()
{
    while (at_ < all_.size()) {
        const auto& candidate = all_[at_++];
        if (candidate.skipped)
            continue;
        if (hard_limit_ > 0 && tried_ >= hard_limit_) {
            cut_off_ = true;
            return std::nullopt;
        }
        if (max_try_ > 0 && counted_ >= max_try_ && !candidate.host.is_fallback &&
            (!last_mx_ || candidate.host.mx <= *last_mx_))
            continue;
        ++tried_;
        ++counted_;
        last_mx_ = candidate.host.mx;
        return candidate.host;
    }
    return std::nullopt;
}

}
