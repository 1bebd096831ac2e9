// What everything in router stands on: the configuration, the language, the resolver, this machine.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/dns/mx.h"
#include "common/dns/resolver.h"
#include "common/expand/expand.h"
#include "common/expand/lists.h"
#include "common/expand/scene.h"
#include "common/rewrite/rules.h"
#include "conf/params/configuration.h"
#include "router/candidate.h"
#include "router/hosts_file.h"
#include "router/parameters.h"
#include "router/user_files.h"

namespace gp::router {

class ProgramRunner; // programs.h

struct Ground {
    const conf::Configuration& configuration;
    const expand::Language& language;
    const expand::World& world;
    dns::Resolver& resolver;
    const dns::RandomSource& random;
    const HostsFile& hosts_file;
    const Parameters& parameters;
    const Clock& clock;
    expand::ListText treated_as_local = {}; // hosts_treat_as_local
    expand::ListText hold_domains = {}, queue_domains = {}, queue_smtp_domains = {};
    expand::ListText percent_hack_domains = {}; // percent_hack.h
    rewrite::Rules rewriting = {};          // the rewrite section
    ProgramRunner* programs = nullptr;      // who runs queryprogram's programs; null: nobody
    UserEyes* eyes = nullptr;               // who looks at users' files; null: this process, as its caller

    event::Deadline dns_deadline() const { return event::Deadline::in(Duration{std::int64_t{parameters.dns_timeout} * 1000}); }
    bool is_own_address(const net::Address& address) const;
};

// The password file; nullopt: no such user. An error is temporary. Blocks for a file read, or runs on the
// offload pool where the system asks a server.
Result<std::optional<User>> find_user(const std::string& login);
Result<std::optional<User>> find_user(std::uint32_t uid);
// max_username_length and finduser_retries; 0 is no bound, and no second try.
struct UserSearch {
    std::size_t longest = 0;
    std::uint32_t retries = 0;
};
void search_users(const UserSearch& how);
std::optional<std::uint32_t> find_group(const std::string& name);
// A name or a number.
std::optional<std::uint32_t> group_named(std::string_view text);
// initgroups(3): all groups of a user; empty when the user is not known.
std::vector<std::uint32_t> groups_of_user(const std::string& login, std::uint32_t primary);

}
