// router - decides: access control lists, routing, expansions, look-ups, verification.
//
// It holds the configuration, sees the files that the configuration names and asks the name servers; it
// takes no connection and changes nothing. Any router process can answer any question.

#include <pwd.h>

#include "common/auth/challenge.h"
#include "common/dns/settings.h"
#include "common/expand/unknown_names.h"
#include "common/log/debug_log.h"
#include "common/log/log.h"
#include "common/lookup/server_pool.h"
#include "common/mail/charsets.h"
#include "common/mail/date.h"
#include "common/process/calls.h"
#include "common/service/boot.h"
#include "conf/params/used_servers.h"
#include "router/sasl_office.h"
#include "router/acl_policy.h"
#include "router/callout_office.h"
#include "router/desk.h"
#include "router/logins.h"
#include "router/programs.h"
#include "router/queue_counter.h"
#include "router/tally_counts.h"

namespace {

using namespace gp;

std::shared_ptr<const conf::Configuration> configuration_from(std::string_view flat)
{
    auto loaded = conf::load_flat(flat);
    if (!loaded)
        service::Boot::die("configuration: " + loaded.problems.text());
    return loaded.configuration;
}

dns::ResolverSettings resolver_settings(const router::Parameters& parameters)
{
    std::vector<std::string> servers;
    for (auto server : split(parameters.dns_servers, ','))
        if (!trim(server).empty())
            servers.emplace_back(trim(server));
    return dns::system_settings(servers);
}

}

namespace {

// The client libraries of data bases: nothing can be loaded any more behind the walls.
void load_lookup_modules(const conf::Configuration& configuration, service::Boot& boot)
{
    for (const auto name : conf::used_servers(configuration)) {
        if (const auto loaded = lookup::load_module(name); !loaded)
            log::warning(loaded.error().text);
        const auto& kind = *lookup::server_kind(name);
        if (lookup::server_places(kind, configuration.main.all.expandable(kind.option).text).unix_sockets)
            boot.allow_calls(process::calls_connect_unix);
    }
}

}

int main(int argc, char** argv)
{
    service::Boot boot{"router", argc, argv};
    auto parameters = boot.parameters<router::Parameters>();
    expand::let_unknown_names_fail_late(parameters.test_habits);
    auth::let_challenges_be_the_example(parameters.test_habits);
    const auto configuration = configuration_from(boot.block("flat"));
    auto dns_settings = resolver_settings(parameters);
    if (configuration->main.resolver.dns_dnssec_ok == 0) // nothing counts as secure
        dns_settings.trust_ad = false;
    parameters.dns_search = dns_settings.search;
    const SystemClock clock;
    mail::zone_offset(clock.seconds());
    ::getpwnam("root"); // loads the name service modules while they can be seen
    for (const auto& path : parameters.reads)
        boot.allow_read(path);
    load_lookup_modules(*configuration, boot);
    mail::load_charsets(std::string(configuration->main.all.text("headers_charset")));
    // Before the walls stand, for they forbid the machine code that regular expressions become.
    std::unique_ptr<dns::Resolver> resolver;
    std::unique_ptr<router::World> world;
    boot.as_user([&]() -> Status {
        resolver = TRY(dns::make_resolver(dns_settings));
        world = TRY(router::World::make(configuration, parameters, *resolver, clock));
        return {};
    });
    log::set_debug_owner([]() -> const void* { return event::in_fiber() ? event::fiber_name().data() : nullptr; });
    std::vector<std::string> milters;
    for (const auto place : split(boot.block("milters"), '\n'))
        milters.emplace_back(place);
    const auto login_lifetime = std::chrono::ceil<std::chrono::seconds>(configuration->main.all.time("atrn_login_lifetime"));
    const auto proofs = router::LoginProofs::make(std::string(boot.block("login_secret")), login_lifetime, clock);
    if (!proofs)
        service::Boot::die(proofs.error().text);
    boot.forget_block("login_secret");
    boot.set_loop_limits({.offload_threads = static_cast<unsigned>(configuration->main.all.number("lookup_threads"))});
    auto jailed = std::move(boot).enter_jail();
    config::Problems problems;
    const router::Authenticators authenticators{*world, problems};
    router::AclPolicy policy{*world, authenticators, problems};
    if (problems.has_errors())
        service::Boot::die(problems.text());
    router::TallyCounts counts{jailed.dial("tally")};
    policy.count_with(counts);
    router::LauncherEyes eyes{jailed.dial("launcher"), parameters.user_file_timeout};
    world->look_with(eyes);
    router::LauncherPrograms programs{jailed.dial("launcher")};
    world->run_with(programs);
    const auto pam_timeout = std::chrono::ceil<std::chrono::seconds>(configuration->main.all.time("pam_timeout"));
    router::LauncherPam pam{jailed.dial("launcher"), static_cast<std::uint32_t>(pam_timeout.count())};
    world->ask_pam_with(pam);
    router::LauncherSasl sasl{jailed.dial("launcher"), configuration->main.all.text("sasl_config_directory"),
                              std::chrono::duration_cast<Duration>(configuration->main.all.time("sasl_timeout"))};
    world->judge_with(sasl);
    router::LauncherRunner runner{programs, parameters.run_uid, parameters.run_gid, parameters.run_timeout};
    world->expansions().effects.runner = &runner;
    router::LinkedCalloutOffice callouts{jailed.dial("remote"), jailed.dial("tally"), parameters.remote_uid};
    policy.call_with(callouts);
    router::Logins logins{*world, authenticators};
    router::Desk desk{*world, policy, logins};
    router::LinkedEtrnOffice etrn{jailed.dial("qmgr"), programs, parameters.run_uid, parameters.run_gid, parameters.run_timeout};
    desk.start_with(etrn);
    desk.prove_with(*proofs);
    desk.remember_with(callouts);
    if (configuration->main.all.is_set("event_action"))
        world->tell_dns_failures([&desk](std::string data) { desk.raise("dns:fail", std::move(data)); });
    router::QueueCounter queue{jailed.dial("qmgr"), clock};
    world->expansions().effects.queue = &queue;
    desk.connect_to(milters);
    return jailed.serve({.endpoint = &desk});
}
