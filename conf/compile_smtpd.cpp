#include <charconv>
#include <limits>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/config/source.h"
#include "common/tls/context.h"
#include "conf/compile.h"
#include "conf/fill.h"
#include "conf/milters.h"
#include "router/policy_protocol.h"
#include "router/switches_protocol.h"
#include "smtpd/parameters.h"

namespace gp::conf {
namespace {

using router::Phase;

constexpr std::size_t most_revocations = 16 << 20;

// In millionths: "1.05", or a time of one unit, "0.5s", whose whole number may have a fraction.
std::optional<std::uint64_t> parse_decimal(std::string_view text, bool is_time)
{
    double unit = 1e6;
    if (is_time) {
        constexpr std::pair<char, double> units[] = {{'s', 1e6}, {'m', 60e6}, {'h', 3600e6}, {'d', 86400e6}};
        for (const auto& [letter, length] : units)
            if (text.ends_with(letter)) {
                unit = length;
                text.remove_suffix(1);
                break;
            }
    }
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    constexpr double most = 1e12;
    if (error != std::errc{} || end != text.data() + text.size() || value < 0 || value * unit > most)
        return std::nullopt;
    return static_cast<std::uint64_t>(value * unit);
}

std::uint64_t bit(Phase phase)
{
    return std::uint64_t{1} << static_cast<unsigned>(phase);
}

// A host list that is the same for every client: everybody, nobody.
std::optional<bool> constant_hosts(const config::Settings& settings, std::string_view option)
{
    if (!settings.is_set(option))
        return false;
    const auto text = text_of(settings, option);
    if (!text)
        return {};
    if (text->empty())
        return false;
    return *text == "*" ? std::optional(true) : std::nullopt;
}

struct Offer {
    std::string_view option;
    bool router::GreetReply::*member;
};

constexpr Offer offers[] = {
    {"pipelining_advertise_hosts", &router::GreetReply::advertise_pipelining},
    {"chunking_advertise_hosts", &router::GreetReply::advertise_chunking},
    {"tls_advertise_hosts", &router::GreetReply::advertise_tls},
    {"dsn_advertise_hosts", &router::GreetReply::advertise_dsn},
    {"helo_accept_junk_hosts", &router::GreetReply::accept_junk_helo},
    {"sender_unqualified_hosts", &router::GreetReply::allow_unqualified_sender},
    {"recipient_unqualified_hosts", &router::GreetReply::allow_unqualified_recipient},
    {"hosts_require_helo", &router::GreetReply::require_helo},
    {"smtputf8_advertise_hosts", &router::GreetReply::advertise_smtputf8},
    {"ignore_fromline_hosts", &router::GreetReply::ignore_from_line},
    {"tls_verify_hosts", &router::GreetReply::require_certificate},
    {"hosts_xclient", &router::GreetReply::offers_xclient},
};

// What router would say to every client alike, so that nobody has to ask it; nothing where it looks at the
// client.
std::optional<router::GreetReply> constant_greeting(const Context& context)
{
    const auto& settings = context.settings();
    for (std::string_view option : {"acl_smtp_connect", "host_reject_connection", "host_lookup",
                                    "smtp_active_hostname", "smtp_ratelimit_hosts", "smtp_reserve_hosts", "smtp_load_reserve",
                                    "hosts_connection_nolog"})
        if (settings.is_set(option))
            return {};
    if (settings.is_written("smtp_banner") ||
        (settings.is_set("smtp_accept_max_per_host") && !number_of(settings, "smtp_accept_max_per_host")))
        return {};
    router::GreetReply greeting;
    for (const auto& offer : offers) {
        const auto hosts = constant_hosts(settings, offer.option);
        if (!hosts)
            return {};
        greeting.*offer.member = *hosts;
    }
    const auto size = number_of(settings, "message_size_limit");
    const auto nonmail = constant_hosts(settings, "smtp_accept_max_nonmail_hosts");
    if (!size || !nonmail)
        return {};
    greeting.message_size_limit = static_cast<std::uint64_t>(std::max<std::int64_t>(*size, 0));
    greeting.max_nonmail =
        *nonmail ? static_cast<std::uint32_t>(context.main().smtp_input.smtp_accept_max_nonmail)
                 : std::numeric_limits<std::uint32_t>::max();
    greeting.advertise_8bitmime = context.main().smtp_input.accept_8bitmime;
    greeting.may_talk_early = !context.main().smtp_input.smtp_enforce_sync;
    greeting.advertise_tls = greeting.advertise_tls && !context.keys.server.empty();
    for (const auto& [option, word] : {std::pair{"pipelining_connect_advertise_hosts", router::pipe_connect},
                                       std::pair{"wellknown_advertise_hosts", router::offers_wellknown},
                                       std::pair{"limits_advertise_hosts", router::offers_limits},
                                       std::pair{"requiretls_advertise_hosts", router::offers_requiretls}}) {
        const auto hosts = constant_hosts(settings, option);
        if (!hosts)
            return {};
        if (*hosts)
            greeting.verdict.state.switches.emplace_back(word);
    }
    return greeting;
}

// "2,0.5s,1.05,4m": from which command on, the first pause, by how much it grows, the longest (manual 14.23).
Result<smtpd::SlowDown> slow_down(const Context& context, std::string_view option)
{
    const auto text = context.settings().is_written(option) ? text_of(context.settings(), option) : std::nullopt;
    if (!text || trim(*text).empty())
        return smtpd::SlowDown{};
    const auto parts = split(*text, ',');
    const auto bad = [&](const std::string& why) {
        return misconfigured(context.settings().origin(option).text() + ": " + std::string(option) + ": " + why);
    };
    if (parts.size() != 4)
        return bad("a threshold, a time, a factor and a time are wanted, with commas between them");
    const auto threshold = parse_unsigned(trim(parts[0]));
    const auto first = parse_decimal(trim(parts[1]), true), factor = parse_decimal(trim(parts[2]), false),
               most = parse_decimal(trim(parts[3]), true);
    if (!threshold || !first || !factor || !most)
        return bad("\"" + escape(*text) + "\" is not of the form 2,0.5s,1.05,4m");
    return smtpd::SlowDown{.threshold = static_cast<std::uint32_t>(std::min<std::uint64_t>(*threshold, 1'000'000'000)),
                           .first_us = *first, .factor_millionths = *factor, .most_us = *most};
}

std::uint64_t smtpd_phases(const Context& context)
{
    const auto& settings = context.settings();
    // Without an ACL for RCPT nobody may send anywhere (manual 44.7): router says so.
    auto phases = context.phases() | bit(Phase::rcpt);
    for (std::string_view option : {"helo_verify_hosts", "helo_try_verify_hosts", "helo_lookup_domains"})
        if (settings.is_written(option))
            phases |= bit(Phase::helo);
    if (settings.is_set("sender_logins"))
        phases |= bit(Phase::mail);
    // Which mechanisms are offered depends on TLS, and so on the moment.
    if (!context.configuration.authenticators.empty() && settings.is_set("auth_advertise_hosts") &&
        constant_hosts(settings, "auth_advertise_hosts").value_or(true))
        phases |= bit(Phase::helo) | bit(Phase::auth) | bit(Phase::mailauth);
    return phases;
}

Status at_line(const Context& context, std::string_view option, Status checked)
{
    if (checked)
        return {};
    return misconfigured(context.settings().origin(option).text() + ": " + checked.error().text);
}

smtpd::Parameters::Clients clients_of(const config::Settings& settings, std::string_view option)
{
    using Clients = smtpd::Parameters::Clients;
    const auto hosts = constant_hosts(settings, option);
    return !hosts ? Clients::asked : *hosts ? Clients::all : Clients::none;
}

// Whether some text of the configuration has to do with a variable.
bool names(const Configuration& configuration, std::string_view variable)
{
    return std::ranges::any_of(configuration.flat.lines, [&](const auto& line) { return line.text.find(variable) != line.text.npos; });
}

// Read now, for smtpd sees no files.
Result<std::string> revocations(const Context& context)
{
    const auto& settings = context.settings();
    if (!settings.is_set("tls_crl"))
        return std::string{};
    const auto file = text_of(settings, "tls_crl");
    if (!file)
        return at_line(context, "tls_crl", misconfigured("tls_crl must be the same file for every client")).error();
    if (file->empty())
        return std::string{};
    auto text = config::read_file(*file, most_revocations);
    if (!text)
        return at_line(context, "tls_crl", misconfigured("tls_crl: " + text.error().text)).error();
    return text;
}

}

Result<std::string> smtpd_parameters(const Context& context, const ServiceRow& row)
{
    auto parameters = context.filled<smtpd::Parameters>();
    const auto& settings = context.settings();
    TRY(at_line(context, "openssl_options", tls::check_options(parameters.openssl_options)));
    TRY(at_line(context, "tls_eccurve", tls::check_groups(parameters.tls_eccurve)));
    TRY(at_line(context, "tls_require_ciphers", tls::check_ciphers(parameters.tls_require_ciphers)));
    if (const auto& patience = context.arguments.smtp_receive_timeout)
        parameters.smtp_receive_timeout = static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(*patience).count());
    parameters.processes = context.processes_of("smtpd");
    parameters.milter_set = milter_set_of(context, row);
    parameters.phases = smtpd_phases(context);
    parameters.makes_callouts = names_in_acls(context.configuration, {"callout"});
    parameters.helo_lookup_own = !settings.is_written("helo_lookup_domains");
    parameters.slow_mail = TRY(slow_down(context, "smtp_ratelimit_mail"));
    parameters.slow_rcpt = TRY(slow_down(context, "smtp_ratelimit_rcpt"));
    if (auto greeting = constant_greeting(context)) {
        parameters.greeting_is_constant = true;
        parameters.greeting = std::move(*greeting);
    }
    // Exim's own test build offers it only where the configuration says so.
    parameters.smtputf8_offered = !context.test_habits || settings.is_written("smtputf8_advertise_hosts");
    for (const auto& rule : context.configuration.rewrite)
        parameters.rewrites_paths |= rule.flags.find('S') != std::string::npos;
    parameters.bare_newline = context.main().own.smtp_bare_newline == "normalize"
                                  ? smtpd::Parameters::BareNewline::normalize
                                  : smtpd::Parameters::BareNewline::reject;
    for (const auto& certificate : context.keys.server)
        parameters.tls_certificates.push_back({certificate.chain_pem, certificate.key, certificate.file, certificate.ocsp});
    parameters.tls_asks_certificate = context.keys.are_chosen_by_name;
    // Whoever may have to show a certificate is asked for one; router says who must.
    for (std::string_view option : {"tls_try_verify_hosts", "tls_verify_hosts"})
        parameters.tls_try_verify |= constant_hosts(settings, option).value_or(true);
    parameters.tls_verify_certificates_pem = context.keys.verify_pem;
    parameters.tls_remember_esmtp = settings.flag("tls_remember_esmtp");
    parameters.tls_resumption = clients_of(settings, "tls_resumption_hosts");
    parameters.tls_needs_alpn = clients_of(settings, "hosts_require_alpn");
    parameters.raises_events = context.settings().is_set("event_action");
    parameters.tls_tells_peer = names(context.configuration, "tls_in_peercert");
    parameters.tls_tells_own = names(context.configuration, "tls_in_ourcert");
    const auto protocols = text_of(settings, "tls_alpn");
    if (!protocols)
        return at_line(context, "tls_alpn", misconfigured("tls_alpn must be the same for every client")).error();
    parameters.tls_protocols = config::split_list(*protocols);
    parameters.tls_crl_pem = TRY(revocations(context));
    parameters.log_rejected_headers = context.selector.has("rejected_header");
    return ipc::encode(parameters);
}

}
