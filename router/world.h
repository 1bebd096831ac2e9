// The configuration brought to life: language, lists, look-ups, resolver, routers, transports. One for
// each router process; the command-line tools make the same.
#pragma once

#include <memory>

#include "common/expand/lists.h"
#include "common/expand/sockets.h"
#include "router/acl_calls.h"
#include "router/chain.h"
#include "router/dns_rules.h"
#include "router/ground.h"
#include "router/password_checks.h"

namespace gp::auth {
class Library;
}

namespace gp::router {

class SystemFilter;

// ${env{…}}: what keep_environment has kept of master's environment, and what add_environment says. The service's own is
// empty.
class ConfiguredEnvironment final : public expand::Environment {
public:
    void set(std::vector<std::string> variables) { variables_ = std::move(variables); }
    std::optional<std::string> get(const std::string& name) override;

private:
    std::vector<std::string> variables_; // "NAME=value"
};

class World {
public:
    // Parses everything that can be parsed now; the error names file and line. `files` and the other
    // effects are this process's own. Without routing the routers and transports are not looked at.
    static Result<std::unique_ptr<World>> make(std::shared_ptr<const conf::Configuration> configuration,
                                               Parameters parameters, dns::Resolver& resolver, const Clock& clock,
                                               bool with_routing = true);
    ~World();

    const Ground& ground() const { return *ground_; }
    const Chain& chain() const { return *chain_; }
    const SystemFilter* system_filter() const { return system_filter_.get(); }
    const expand::World& expansions() const { return *expansions_; }
    AclCalls& acl_calls() const { return *acl_calls_; }
    const conf::Configuration& configuration() const { return *configuration_; }
    expand::Site& site() { return *site_; } // for a tool that acts for somebody else
    void ask_pam_with(PamOffice& office) { passwords_->ask_pam_with(office); }
    // Who starts the processes of driver = cyrus_sasl.
    void judge_with(auth::Library& library) { library_ = &library; }
    auth::Library* library() const { return library_; } // null: nobody
    void run_with(ProgramRunner& programs) { ground_->programs = &programs; }
    void tell_dns_failures(DnsRules::Teller teller) { resolver_->tell_failures(std::move(teller)); }
    void look_with(UserEyes& eyes) { ground_->eyes = &eyes; } // at users' files
    expand::World& expansions() { return *expansions_; } // to give it effects that need the World itself

private:
    World() = default;
    std::shared_ptr<const conf::Configuration> configuration_;
    Parameters parameters_;
    std::unique_ptr<expand::Language> language_;
    std::unique_ptr<expand::Site> site_;
    std::unique_ptr<DnsRules> resolver_;
    std::unique_ptr<lookup::Lookups> lookups_;
    std::unique_ptr<match::Names> names_;
    std::unique_ptr<match::Lists> lists_;
    std::unique_ptr<expand::World> expansions_;
    std::unique_ptr<HostsFile> hosts_file_;
    dns::RandomSource random_;
    expand::OwnFiles files_;
    std::unique_ptr<expand::FiberSockets> sockets_;
    std::unique_ptr<AclCalls> acl_calls_;
    std::unique_ptr<PasswordChecks> passwords_;
    auth::Library* library_ = nullptr;
    ConfiguredEnvironment environment_;
    std::unique_ptr<Ground> ground_;
    std::unique_ptr<Chain> chain_;
    std::unique_ptr<SystemFilter> system_filter_;
};

}
