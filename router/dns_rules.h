// The main options about DNS names, between everybody who asks and the resolver: dns_check_names_pattern,
// dns_again_means_nonexist, dns_ipv4_lookup, disable_ipv6, slow_lookup_log (manual 14).
#pragma once

#include <functional>
#include <set>

#include "common/dns/resolver.h"
#include "common/expand/lists.h"
#include "common/lookup/regex.h"
#include "conf/params/configuration.h"

namespace gp::router {

class DnsRules final : public dns::Resolver {
public:
    static Result<std::unique_ptr<DnsRules>> make(const conf::Configuration& configuration,
                                                  const expand::Language& language, dns::Resolver& resolver);
    // Lists are matched in this world; until it is given they match nothing.
    void use(const expand::World& world) { world_ = &world; }
    // Who hears of the event dns:fail (manual 61), on the fiber that asked: "AGAIN:name:TYPE", or FAIL. Not of what the
    // telling itself looks up.
    using Teller = std::function<void(std::string data)>;
    void tell_failures(Teller teller) { teller_ = std::move(teller); }
    Result<dns::Answer> lookup(std::string_view name, dns::Type type, event::Deadline until) override;

private:
    explicit DnsRules(dns::Resolver& resolver) : resolver_(resolver) {}
    void tell_failure(std::string_view name, dns::Type type, const Error& error);
    bool is_in(const expand::ListText& list, std::string_view name) const;

    dns::Resolver& resolver_;
    const expand::World* world_ = nullptr;
    lookup::Regex good_names_;
    expand::ListText again_means_nonexist_, ipv4_only_;
    bool no_ipv6_ = false;
    Teller teller_;
    std::set<const void*> telling_; // fibers
    Duration slow_{}; // what takes longer is logged; 0: nothing
};

}
