#include "router/world.h"

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/expand/expand.h"
#include "common/lookup/csa.h"
#include "common/lookup/ldap_lookup.h"
#include "common/mail/host_words.h"
#include "common/match/unknown_in_list.h"
#include "conf/params/log_ports.h"
#include "router/ordered_names.h"
#include "router/system_filter.h"

namespace gp::router {
namespace {

match::NamedLists named_lists(const conf::Configuration& configuration)
{
    match::NamedLists lists;
    for (const auto& list : configuration.lists) {
        constexpr match::Kind kinds[] = {match::Kind::domain, match::Kind::host, match::Kind::address,
                                         match::Kind::local_part};
        auto& table = lists.of(kinds[static_cast<std::size_t>(list.kind)]);
        table[list.name] = {.text = list.value, .always_cached = list.is_cached_always, .hidden = list.is_hidden};
    }
    return lists;
}

match::Self this_machine(const conf::Configuration& configuration, const Parameters& parameters)
{
    match::Self self{.primary_hostname = configuration.main.identity.primary_hostname};
    for (const auto& text : parameters.own_addresses)
        if (auto address = net::Address::parse(text)) {
            self.addresses.push_back(*address);
            self.routing_addresses.push_back(*address);
        }
    if (configuration.main.all.is_set("hosts_treat_as_local"))
        self.treated_as_local = configuration.main.all.expandable("hosts_treat_as_local").text;
    return self;
}

// names/…: an option that the tables have and that look-ups obey under the same name.
std::string text_of(const conf::Configuration& configuration, std::string_view option)
{
    return configuration.main.all.find(option) ? configuration.main.all.expandable(option).text : std::string{};
}

expand::Site site_of(const conf::Configuration& configuration, const Parameters& parameters)
{
    const auto& main = configuration.main;
    expand::Site site;
    site.primary_hostname = main.identity.primary_hostname;
    site.qualify_domain = main.identity.qualify_domain;
    site.qualify_recipient = main.identity.qualify_recipient;
    site.spool_directory = main.process.spool_directory;
    site.log_directory = parameters.log_directory;
    site.config_file = parameters.config_file;
    site.exim_uid = main.process.exim_user.id;
    site.exim_gid = main.process.exim_group.id;
    site.caller_uid = parameters.instance_uid;
    site.caller_gid = parameters.instance_gid;
    site.message_body_visible = main.limits.message_body_visible;
    site.message_body_newlines = main.limits.message_body_newlines;
    site.print_topbitchars = main.logging.print_topbitchars;
    site.strict_acl_vars = main.acls.strict_acl_vars;
    site.headers_charset = text_of(configuration, "headers_charset");
    site.check_rfc2047_length = main.all.flag("check_rfc2047_length");
    site.allow_utf8_domains = main.all.flag("allow_utf8_domains");
    site.log_timezone = main.logging.log_timezone;
    site.timezone_is_utc = main.logging.timezone == "UTC";
    site.log_host_lookup_failed = parameters.log_host_lookup_failed;
    if (main.all.is_set("exim_version"))
        site.exim_version = main.all.text("exim_version");
    if (const auto path = text_of(configuration, "exim_path"); !path.empty())
        site.exim_path = path;
    return site;
}

expand::Limits limits_of(const config::Settings& main)
{
    const auto at_least_one = [&](std::string_view option) { return static_cast<std::size_t>(std::max<std::int64_t>(1, main.number(option))); };
    expand::Limits limits;
    limits.expansion_size_max = at_least_one("expansion_size_max");
    limits.expansion_list_max = at_least_one("expansion_list_max");
    limits.expansion_steps_max = at_least_one("expansion_steps_max");
    return limits;
}

lookup::Settings lookup_settings(const conf::Configuration& configuration)
{
    lookup::Settings settings;
    settings.sqlite_dbfile = text_of(configuration, "sqlite_dbfile");
    settings.mysql_servers = text_of(configuration, "mysql_servers");
    settings.pgsql_servers = text_of(configuration, "pgsql_servers");
    settings.redis_servers = text_of(configuration, "redis_servers");
    settings.ldap_default_servers = text_of(configuration, "ldap_default_servers");
    if (configuration.main.all.find("sqlite_lock_timeout"))
        settings.sqlite_lock_timeout = configuration.main.all.number("sqlite_lock_timeout");
    settings.lookup_open_max = configuration.main.all.number("lookup_open_max");
    return settings;
}

lookup::LdapSettings ldap_settings(const conf::Configuration& configuration)
{
    lookup::LdapSettings settings;
    settings.ca_cert_dir = text_of(configuration, "ldap_ca_cert_dir");
    settings.ca_cert_file = text_of(configuration, "ldap_ca_cert_file");
    settings.cert_file = text_of(configuration, "ldap_cert_file");
    settings.cert_key = text_of(configuration, "ldap_cert_key");
    settings.cipher_suite = text_of(configuration, "ldap_cipher_suite");
    settings.require_cert = text_of(configuration, "ldap_require_cert");
    settings.start_tls = configuration.main.all.flag("ldap_start_tls");
    if (configuration.main.all.is_set("ldap_version"))
        settings.version = configuration.main.all.number("ldap_version");
    return settings;
}

// localhost_number is expanded once; its bound is Exim's.
Result<std::string> number_of_host(const conf::Configuration& configuration, const expand::World& world)
{
    const auto text = text_of(configuration, "localhost_number");
    if (text.empty())
        return text;
    expand::Scene scene{world};
    auto number = expand::expand(scene, Text::clean(text));
    if (!number)
        return misconfigured("failed to expand localhost_number: " + number.error().text);
    const auto value = parse_unsigned(trim(number->text));
    if (!value)
        return misconfigured("localhost_number value is not a number: " + number->text);
    if (*value > 16)
        return misconfigured("localhost_number is greater than the maximum allowed value (16)");
    return std::to_string(*value);
}

// The habit of the test build: equal hosts in the order of a generator that everybody knows.
dns::RandomSource test_random()
{
    return [state = std::uint32_t{42}](std::uint32_t bound) mutable {
        state = state * 1103515245u + 12345u;
        return (state >> 16) % bound;
    };
}

}

World::~World() = default;

std::optional<std::string> ConfiguredEnvironment::get(const std::string& name)
{
    for (const auto& variable : variables_)
        if (variable.size() > name.size() && variable[name.size()] == '=' && variable.starts_with(name))
            return variable.substr(name.size() + 1);
    return std::nullopt;
}

Result<std::unique_ptr<World>> World::make(std::shared_ptr<const conf::Configuration> configuration,
                                           Parameters parameters, dns::Resolver& resolver, const Clock& clock,
                                           bool with_routing)
{
    std::unique_ptr<World> world{new World};
    world->configuration_ = std::move(configuration);
    world->parameters_ = std::move(parameters);
    const auto& conf = *world->configuration_;
    const auto& params = world->parameters_;
    world->language_ = std::make_unique<expand::Language>(expand::Language::linked());
    world->site_ = std::make_unique<expand::Site>(site_of(conf, params));
    world->resolver_ = TRY(DnsRules::make(conf, *world->language_, resolver));
    auto& ruled = *world->resolver_;
    lookup::use_ldap_settings(ldap_settings(conf));
    world->lookups_ = std::make_unique<lookup::Lookups>(
        Registry<lookup::Driver>::linked(),
        lookup::Environment{.resolver = &ruled, .settings = lookup_settings(conf)});
    world->hosts_file_ = std::make_unique<HostsFile>(params.read_hosts_file ? "/etc/hosts" : "");
    const auto dns_patience = Duration{std::int64_t{params.dns_timeout} * 1000};
    world->names_ = TRY(OrderedNames::make(conf.main.all.list("host_lookup_order"), ruled, dns_patience,
                                           *world->hosts_file_));
    lookup::look_for_csa({.search_limit = conf.main.all.number("dns_csa_search_limit"), .use_reverse = conf.main.all.flag("dns_csa_use_reverse")});
    match::log_unknown_in_list(params.log_unknown_in_list);
    mail::set_usual_host_words({.port = params.log_incoming_port, .interface = params.log_incoming_interface,
                                .ports = conf::logged_ports(conf.main.all.text("log_ports")).value_or("*")});
    world->lists_ = std::make_unique<match::Lists>(named_lists(conf), this_machine(conf, params), *world->lookups_,
                                                   world->names_.get());
    world->expansions_ = std::make_unique<expand::World>(expand::World{
        .language = *world->language_, .site = *world->site_, .lookups = *world->lookups_, .lists = *world->lists_, .limits = limits_of(conf.main.all)});
    ruled.use(*world->expansions_);
    world->environment_.set(params.environment);
    world->expansions_->effects.clock = &clock;
    world->expansions_->effects.files = &world->files_;
    world->expansions_->effects.environment = &world->environment_;
    world->sockets_ = std::make_unique<expand::FiberSockets>(&ruled);
    world->expansions_->effects.sockets = world->sockets_.get();
    world->passwords_ = std::make_unique<PasswordChecks>(*world->lookups_, *world->sockets_, conf.main.all.text("saslauthd_socket"));
    world->expansions_->effects.passwords = world->passwords_.get();
    world->acl_calls_ = std::make_unique<AclCalls>(conf, *world->language_);
    world->expansions_->effects.acls = world->acl_calls_.get();
    world->site_->localhost_number = TRY(number_of_host(conf, *world->expansions_));
    search_users({.longest = static_cast<std::size_t>(conf.main.all.number("max_username_length")),
                  .retries = static_cast<std::uint32_t>(conf.main.all.number("finduser_retries"))});
    world->random_ = params.test_habits ? test_random() : dns::system_random();
    world->ground_.reset(new Ground{.configuration = conf,
                                    .language = *world->language_,
                                    .world = *world->expansions_,
                                    .resolver = ruled,
                                    .random = world->random_,
                                    .hosts_file = *world->hosts_file_,
                                    .parameters = params,
                                    .clock = clock});
    auto& ground = *world->ground_;
    for (const auto& [option, list] :
         {std::pair{"hosts_treat_as_local", &ground.treated_as_local}, std::pair{"hold_domains", &ground.hold_domains},
          std::pair{"queue_domains", &ground.queue_domains}, std::pair{"queue_smtp_domains", &ground.queue_smtp_domains},
          std::pair{"percent_hack_domains", &ground.percent_hack_domains}})
        if (conf.main.all.is_set(option))
            *list = TRY(expand::ListText::parse(*world->language_, match::Kind::domain, conf.main.all.expandable(option).text));
    std::vector<rewrite::RuleText> rules;
    for (const auto& rule : conf.rewrite)
        rules.push_back({rule.pattern, rule.replacement, rule.flags, rule.origin});
    world->ground_->rewriting = TRY(rewrite::Rules::read(*world->language_, rules));
    if (with_routing) {
        world->chain_ = std::make_unique<Chain>(TRY(Chain::read(*world->ground_, Registry<RouterDriver>::linked())));
        if (auto filter = TRY(SystemFilter::read(*world->ground_)))
            world->system_filter_ = std::make_unique<SystemFilter>(std::move(*filter));
    }
    return world;
}

}
