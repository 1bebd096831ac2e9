// What a client is met with: the parts of AclPolicy that are asked before its first command.
#include <cstdlib>
#include <limits>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "router/acl_policy.h"
#include "router/switches_protocol.h"

namespace gp::router {
namespace {

// In Exim's words.
std::string size_error(std::string_view text, const std::string& why)
{
    return why.ends_with(" is too large") ? "absolute value of integer \"" + escape(trim(text), true) + "\" is too large (overflow)" : why;
}

}

// smtp_load_reserve, in thousandths.
bool AclPolicy::is_overloaded() const
{
    const auto& main = world_.configuration().main.all;
    const auto* most = main.is_written("smtp_load_reserve") ? main.find("smtp_load_reserve") : nullptr;
    const auto* limit = most ? std::get_if<std::int64_t>(&most->value) : nullptr;
    double load = 0;
    return limit && *limit >= 0 && ::getloadavg(&load, 1) == 1 && load * 1000 > static_cast<double>(*limit);
}

Result<ProxyAnswer> AclPolicy::ask_proxy(const AskProxy& question)
{
    const std::vector<mail::Variable> none;
    MessageScene message{world_, question.origin, none, {}};
    return ProxyAnswer{TRY(host_matches("hosts_proxy", message.scene()))};
}

Result<TlsAnswer> AclPolicy::ask_tls(const AskTls& question)
{
    const std::vector<mail::Variable> none;
    MessageScene message{world_, question.origin, none, {}};
    const bool resumes = TRY(host_matches("tls_resumption_hosts", message.scene()));
    const bool requires_alpn = TRY(host_matches("hosts_require_alpn", message.scene()));
    return TlsAnswer{resumes, requires_alpn};
}

Result<GreetReply> AclPolicy::greet(const Greet& question)
{
    mail::Origin origin = question.origin;
    const std::vector<mail::Variable> none;
    MessageScene message{world_, origin, none, {}};
    auto& scene = message.scene();
    GreetReply reply;
    if (TRY(host_matches("host_lookup", scene)) && scene.host) {
        const auto found = scene.host->find_name(world_.expansions().lists.names());
        reply.host_name = scene.host->name();
        reply.host_lookup_failed = found == match::Host::Lookup::failed;
        reply.host_lookup_deferred = found == match::Host::Lookup::deferred;
        origin.host_name = reply.host_name;
        origin.host_lookup_failed = reply.host_lookup_failed;
        if (reply.host_lookup_failed && world_.ground().parameters.log_host_lookup_failed)
            log::main("no host name found for IP address " + origin.host_address);
    }
    reply.active_hostname = trim(TRY(expanded("smtp_active_hostname", scene)));
    mail::PolicyState state;
    if (!reply.active_hostname.empty()) { // it goes with the session, and with its messages
        scene.facts.set(std::string(mail::active_hostname), Text::clean(reply.active_hostname));
        state.variables.push_back({std::string(mail::active_hostname), reply.active_hostname, false});
    }
    if (TRY(host_matches("host_reject_connection", scene))) {
        reply.verdict = {.verdict = Verdict::drop, .code = 554, .text = "SMTP service not available"};
        reply.is_refused_host = true;
        return reply;
    }
    reply.is_reserve_host = TRY(host_matches("smtp_reserve_hosts", scene));
    if (!reply.is_reserve_host && is_overloaded()) {
        reply.verdict = {.verdict = Verdict::drop, .code = 421, .enhanced = "4.3.2", .text = "Too much load; please try again later.",
                         .log_text = "temporarily refused connection: not in reserve list, and the load is above smtp_load_reserve"};
        return reply;
    }
    reply.banner = TRY(expanded("smtp_banner", scene));
    reply.has_banner = world_.configuration().main.all.is_written("smtp_banner");
    const auto size = TRY(expanded("message_size_limit", scene));
    if (!trim(size).empty()) {
        const auto limit = parse_size(trim(size));
        if (!limit)
            return misconfigured("invalid message_size_limit: " + size_error(size, limit.error().text));
        reply.message_size_limit = static_cast<std::uint64_t>(std::max<std::int64_t>(0, *limit));
    }
    reply.max_per_host = connections_of_one_host(origin, scene);
    reply.advertise_pipelining = TRY(host_matches("pipelining_advertise_hosts", scene));
    reply.advertise_chunking = TRY(host_matches("chunking_advertise_hosts", scene));
    reply.advertise_tls = TRY(host_matches("tls_advertise_hosts", scene));
    reply.advertise_dsn = TRY(host_matches("dsn_advertise_hosts", scene));
    reply.advertise_8bitmime = world_.configuration().main.smtp_input.accept_8bitmime;
    reply.accept_junk_helo = TRY(host_matches("helo_accept_junk_hosts", scene));
    reply.allow_unqualified_sender = TRY(host_matches("sender_unqualified_hosts", scene));
    reply.allow_unqualified_recipient = TRY(host_matches("recipient_unqualified_hosts", scene));
    reply.require_helo = TRY(host_matches("hosts_require_helo", scene));
    reply.advertise_smtputf8 = TRY(host_matches("smtputf8_advertise_hosts", scene));
    reply.ignore_from_line = TRY(host_matches("ignore_fromline_hosts", scene));
    reply.require_certificate = TRY(host_matches("tls_verify_hosts", scene));
    reply.is_rate_limited = TRY(host_matches("smtp_ratelimit_hosts", scene));
    reply.offers_xclient = TRY(host_matches("hosts_xclient", scene));
    reply.is_logged = !TRY(host_matches("hosts_connection_nolog", scene));
    reply.max_nonmail = TRY(host_matches("smtp_accept_max_nonmail_hosts", scene))
                            ? static_cast<std::uint32_t>(world_.configuration().main.smtp_input.smtp_accept_max_nonmail)
                            : std::numeric_limits<std::uint32_t>::max();
    if (scene.host && reply.host_name.empty()) // a list of names made us look it up
        reply.host_name = scene.host->name();
    Ask ask{.phase = Phase::connect, .origin = origin};
    ask.state = std::move(state);
    reply.verdict = TRY(this->ask(ask));
    if (reply.host_name.empty() && !reply.verdict.host_name.empty()) // the ACL has looked it up
        reply.host_name = reply.verdict.host_name;
    reply.host_lookup_failed |= reply.verdict.host_lookup_failed;
    if (TRY(host_matches("pipelining_connect_advertise_hosts", scene)))
        reply.verdict.state.switches.emplace_back(pipe_connect);
    if (TRY(host_matches("wellknown_advertise_hosts", scene)))
        reply.verdict.state.switches.emplace_back(offers_wellknown);
    if (TRY(host_matches("limits_advertise_hosts", scene)))
        reply.verdict.state.switches.emplace_back(offers_limits);
    if (TRY(host_matches("requiretls_advertise_hosts", scene)))
        reply.verdict.state.switches.emplace_back(offers_requiretls);
    return reply;
}

}
