#include "conf/kept_environment.h"
#include "master/sendmail/workplace.h"

#include <unistd.h>

#include <cstdio>

#include "common/base/printable.h"
#include "common/base/text.h"
#include "common/dns/settings.h"
#include "common/expand/unknown_names.h"
#include "common/mail/date.h"
#include "common/log/log.h"
#include "common/net/own_addresses.h"
#include "master/sendmail/administrator.h"
#include "master/sendmail/instance.h"

namespace gp::sendmail {
namespace {

std::vector<std::string> servers_of(std::string_view list)
{
    std::vector<std::string> servers;
    for (auto server : split(list, ','))
        if (!trim(server).empty())
            servers.emplace_back(trim(server));
    return servers;
}

}

int Workplace::run(const Options& options, Needs needs, const std::function<int(Workplace&)>& work)
{
    Workplace place{options};
    if (auto opened = place.open(needs); !opened) {
        std::fprintf(stderr, "exim: %s\n", opened.error().text.c_str());
        return 1;
    }
    int status = 1;
    if (auto spawned = place.loop_.spawn("work", [&] { status = work(place); }); !spawned) {
        std::fprintf(stderr, "exim: %s\n", spawned.error().text.c_str());
        return 1;
    }
    place.loop_.run_until_idle();
    std::fflush(stdout);
    return status;
}

Status Workplace::open(Needs needs)
{
    const auto file = configuration_file(options_);
    auto loaded = load_configuration(options_, file);
    if (!loaded)
        return misconfigured("configuration " + file + " cannot be used:\n" + loaded.problems.text());
    configuration_ = loaded.configuration;
    if (configuration_->main.identity.commandline_checks_require_admin && !is_administrator(*configuration_))
        return permanent(
            "permission denied: only an administrator may check (commandline_checks_require_admin)");
    around_ = conf::surroundings(*configuration_, conf::is_system_file(file));
    mail::zone_offset(clock_.seconds());
    auto settings = dns::system_settings(servers_of(around_.dns_servers));
    if (around_.test_habits)
        settings.search.clear();
    resolver_ = TRY(dns::make_resolver(settings));
    expand::let_unknown_names_fail_late(around_.test_habits);
    world_ = TRY(router::World::make(configuration_, router_parameters(), *resolver_, clock_, needs == Needs::routing));
    print_top_bit(configuration_->main.logging.print_topbitchars);
    const auto environment = conf::kept_environment(configuration_->main.process);
    runner_.set_environment(environment);
    environment_.set(environment);
    world_->expansions().effects.environment = &environment_;
    world_->expansions().effects.runner = &runner_;
    pam_.set_timeout(configuration_->main.all.time("pam_timeout"));
    world_->ask_pam_with(pam_);
    sasl_.configure(configuration_->main.all.text("sasl_config_directory"),
                    std::chrono::duration_cast<Duration>(configuration_->main.all.time("sasl_timeout")));
    world_->judge_with(sasl_);
    world_->expansions().effects.queue = &queue_;
    if (!options_.letter.directory.empty())
        world_->site().initial_cwd = options_.letter.directory;
    world_->site().caller_uid = ::getuid();
    world_->site().caller_gid = ::getgid();
    origin_ = caller();
    sender_ = own_sender();
    return {};
}

router::Parameters Workplace::router_parameters() const
{
    router::Parameters parameters;
    if (auto addresses = net::own_addresses())
        for (const auto& address : *addresses) {
            log::debug("interface", "actual local interface address is " + address.text());
            parameters.own_addresses.push_back(address.text());
        }
    parameters.smtp_ports = {25}; // where another host would find us
    parameters.dns_servers = around_.dns_servers;
    const auto& own = configuration_->main.own;
    parameters.dns_timeout = static_cast<std::uint32_t>(std::max<std::int64_t>(1, own.dns_timeout.count() / 1000));
    parameters.address_depth = static_cast<std::uint32_t>(own.address_depth);
    parameters.addresses_max = static_cast<std::uint32_t>(own.addresses_max);
    parameters.alias_size_max = static_cast<std::uint64_t>(own.alias_size_max);
    parameters.test_habits = around_.test_habits;
    parameters.read_hosts_file = !around_.test_habits; // all names are GATEPOST_DNS's
    parameters.config_file = configuration_->file;
    parameters.log_directory = configuration_->main.process.spool_directory + "/log";
    parameters.instance_uid = ::geteuid();
    parameters.instance_gid = ::getegid();
    return parameters;
}

std::string Workplace::own_sender() const
{
    const auto& letter = options_.letter;
    const auto& domain = world_->site().qualify_domain;
    if (!letter.sender_given)
        return origin_.login + "@" + domain;
    std::string_view sender = letter.sender;
    if (sender.starts_with('<') && sender.ends_with('>'))
        sender = sender.substr(1, sender.size() - 2);
    const bool is_whole = sender.empty() || sender.find('@') != sender.npos;
    return std::string(sender) + (is_whole ? std::string{} : "@" + domain);
}

mail::Origin Workplace::caller() const
{
    const auto& letter = options_.letter;
    mail::Origin origin{.uid = ::getuid(), .gid = ::getgid(), .local = true, .trusted = true};
    if (const auto user = router::find_user(::getuid()); user && *user)
        origin.login = (*user)->login;
    origin.host_address = letter.host_address;
    origin.host_port = letter.host_port;
    origin.host_name = letter.host_name;
    origin.interface_address = letter.interface_address;
    origin.interface_port = letter.interface_port;
    origin.protocol = letter.protocol;
    origin.ident = letter.ident.empty() ? origin.login : letter.ident;
    origin.authenticator = letter.authenticator;
    origin.authenticated_id = letter.authenticated_id;
    origin.authenticated_sender = letter.authenticated_sender;
    // A local caller is known by name (manual 5.3, -oMai and -oMas); one that plays a remote host is not.
    if (origin.host_address.empty() && origin.authenticated_id.empty())
        origin.authenticated_id = origin.login;
    if (origin.host_address.empty() && origin.authenticated_sender.empty() && !letter.sender_given)
        origin.authenticated_sender = origin.login + "@" + world_->site().qualify_domain;
    return origin;
}

}
