#include "delivery/remote/client_session.h"

#include "common/base/random.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/log/log.h"
#include "delivery/remote/requiretls.h"
#include "delivery/remote/socks.h"
#include "router/late_protocol.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace gp::remote {
namespace {

Trouble not_connected(const net::ConnectError& error, const HostAddress& host)
{
    Trouble trouble;
    trouble.fault = Fault::host;
    trouble.connection_lost = true;
    trouble.connected = false;
    trouble.error_number = error.error_number;
    trouble.text = error.error.text;
    const std::string kind = host.from_mx() ? "_MX" : "_A";
    if (error.error.cause == Cause::timeout)
        trouble.error_name = "timeout_connect" + kind;
    else if (error.error.cause == Cause::refused)
        trouble.error_name = "refused" + kind;
    return trouble;
}

Trouble internal(std::string text)
{
    return {.fault = Fault::ours, .connection_lost = true, .text = std::move(text), .error_number = -1};
}

// The first address of the list that is of the right kind (manual 30.4, interface).
Result<std::optional<net::Address>> own_interface(const SmtpOptions& options, const net::Address& to)
{
    for (const auto& item : config::split_list(options.interface_list)) {
        const auto address = net::Address::parse(item);
        if (!address)
            return misconfigured("interface: " + address.error().text);
        if (address->is_v4() == to.is_v4())
            return std::optional{*address};
    }
    return std::optional<net::Address>{};
}

}

// What we call ourselves. A text that says something of the connection is expanded now.
Result<std::string> ClientSession::hello_name(const Conditions& conditions) const
{
    std::string name = conditions.options.helo_data;
    if (name == router::late_mark && !conditions.option)
        return temporary("router is needed for helo_data, and cannot be asked");
    if (name == router::late_mark) {
        auto text = conditions.option("helo_data", facts());
        if (!text)
            return temporary("failed to expand transport's helo_data value: " + text.error().text);
        name = std::move(text).take();
    }
    std::erase_if(name, [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; });
    name = trim(name);
    return name.empty() ? conditions.parameters.primary_hostname : name;
}

std::vector<router::Option> ClientSession::facts() const
{
    std::vector<router::Option> facts = {{"host", host_.host_name},
                                         {"host_address", host_.address.text()},
                                         {"host_port", std::to_string(host_.port)},
                                         {"sending_ip_address", local_.address().text()},
                                         {"sending_port", std::to_string(local_.port())}};
    facts.insert(facts.end(), proxy_facts_.begin(), proxy_facts_.end());
    if (const auto* tls = wire_.tls()) {
        facts.push_back({"tls_out_cipher", tls->cipher});
        facts.push_back({"tls_out_certificate_verified", tls->verified ? "1" : "0"});
        facts.push_back({"tls_out_cipher_std", tls->cipher_name});
        facts.push_back({"tls_out_bits", std::to_string(tls->bits)});
        facts.push_back({"tls_out_ver", tls->version});
        facts.push_back({"tls_out_sni", tls->sni});
        facts.push_back({"tls_out_dane", tls->dane ? "yes" : "no"});
        facts.push_back({"tls_out_tlsa_usage", std::to_string(tls->tlsa_usages)});
        facts.push_back({"tls_out_peercert", tls->peer_pem});
        facts.push_back({"tls_out_ourcert", wire_.own_certificate()});
        facts.push_back({"tls_out_resumption", std::to_string(tls->resumption)});
        facts.push_back({"tls_out_ocsp", std::to_string(static_cast<unsigned>(tls->ocsp))});
        if (tls->peer)
            facts.push_back({"tls_out_peerdn", tls->peer->subject});
    }
    return facts;
}

Trouble trouble_of(const NoReply& why, const Place& place)
{
    switch (why.why) {
    case NoReply::Why::timeout:
        return timed_out(place);
    case NoReply::Why::malformed:
        return malformed(place, why.line);
    case NoReply::Why::closed:
        break;
    }
    return closed(place);
}

ClientSession::ClientSession(const Conditions& conditions, const HostAddress& host, net::Connected connected)
    : host_(host), local_(connected.local), wire_(std::move(connected.socket), conditions.parameters.reply_line_limit),
      marks_resumption_(conditions.parameters.log_tls_resumption)
{
}

Place ClientSession::place(Step step, std::string command, bool pipelined) const
{
    return {.step = step, .command = std::move(command), .pipelined = pipelined, .from_mx = host_.from_mx()};
}

event::Deadline ClientSession::wait_for(Step step, const SmtpOptions& options, event::Deadline until) const
{
    return until.sooner(event::Deadline::in(options.*(row_of(step).timeout)));
}

ClientSession::Opened ClientSession::open(const Conditions& conditions, const HostAddress& host)
{
    auto policy = TlsPolicy::of(conditions.options, conditions.lists, host.host_name, host.address, host.certificate_name);
    if (!policy)
        return {nullptr, internal(policy.error().text)};
    if (auto wished = wish_for_tls(conditions, host, *policy); !wished)
        return {nullptr, internal(wished.error().text)};
    auto without_dane = *policy;
    if (auto trouble = settle_tls_wish(host, consult_dane(conditions, host, *policy), *policy))
        return {nullptr, std::move(*trouble)};
    bool tls_failed = false;
    Conditions patient = conditions;
    patient.pipes_early = false;
    auto opened = open_once(policy->is_demanded ? patient : conditions, host, *policy, tls_failed);
    if (opened.says_otherwise)
        opened = open_once(patient, host, *policy, tls_failed);
    // What was wrong may be the records alone: TLS with whoever it is, is better than none (RFC 7672 section 2.2).
    if (!opened.session && tls_failed && policy->is_waived && policy->dane && !settle_tls_wish(host, std::nullopt, without_dane)) {
        log::main(conditions.message_id + " " + opened.trouble.text + ": trying again without DANE to H=" + host.host_name + " [" +
                  host.address.text() + "] (the message has TLS-Required: No)");
        *policy = without_dane;
        tls_failed = false;
        opened = open_once(patient, host, *policy, tls_failed);
    }
    if (opened.session || !tls_failed || policy->require || !policy->clear_after_failure || conditions.protocol.tls_on_connect)
        return opened;
    log::main(conditions.message_id + " " + opened.trouble.text + ": delivering unencrypted to H=" + host.host_name + " [" +
              host.address.text() + (policy->is_waived ? "] (the message has TLS-Required: No)" : "] (not in hosts_require_tls)"));
    policy->avoid = true;
    return open_once(patient, host, *policy, tls_failed);
}

ClientSession::Opened ClientSession::connect_to(const Conditions& conditions, const HostAddress& host,
                                                const net::SocketAddress& first, event::Deadline until)
{
    auto source = own_interface(conditions.options, first.address());
    if (!source)
        return {nullptr, internal(source.error().text)};
    if (conditions.event) {
        const auto why = conditions.event("tcp:connect", {}, {{"host", host.host_name},
                                                              {"host_address", first.address().text()},
                                                              {"host_port", std::to_string(first.port())}});
        if (!why.empty())
            return {nullptr, {.text = "deferred by tcp:connect event expansion: " + escape(why), .error_number = error_event}};
    }
    auto connected = net::connect(first, until, {.source = *source, .keep_alive = conditions.options.keepalive, .dscp = conditions.options.dscp});
    if (!connected)
        return {nullptr, not_connected(connected.error(), host)};
    return {std::unique_ptr<ClientSession>(new ClientSession(conditions, host, std::move(*connected))), {}};
}

ClientSession::Opened ClientSession::connect_by_proxy(const Conditions& conditions, const HostAddress& host, event::Deadline until)
{
    auto proxies = SocksProxy::parse(conditions.options.socks_proxy);
    if (!proxies)
        return {nullptr, internal(proxies.error().text)};
    SocksProxy::put_in_order(*proxies, [](std::uint32_t bound) { return static_cast<std::uint32_t>(random_number() % bound); });
    Opened last;
    for (const auto& proxy : *proxies) {
        const net::SocketAddress place{proxy.address, proxy.port};
        const auto patience = until.sooner(event::Deadline::in(proxy.timeout));
        last = connect_to(conditions, host, place, patience);
        if (!last.session)
            continue;
        const auto outer = proxy.ask_for({host.address, host.port}, last.session->wire_, patience);
        if (outer) {
            last.session->proxy_facts_ = {{"proxy_session", "yes"},
                                          {"proxy_local_address", proxy.address.text()},
                                          {"proxy_local_port", std::to_string(proxy.port)},
                                          {"proxy_external_address", outer->address().text()},
                                          {"proxy_external_port", std::to_string(outer->port())}};
            return last;
        }
        last.session.reset();
        last.trouble = {.connection_lost = true,
                        .connected = false,
                        .text = "proxy [" + proxy.address.text() + "]: " + outer.error().text,
                        .error_name = outer.error().cause == Cause::timeout ? "timeout_connect" : "",
                        .error_number = ECONNREFUSED};
    }
    return last;
}

ClientSession::Opened ClientSession::connect(const Conditions& conditions, const HostAddress& host)
{
    const auto until = conditions.options.connect_timeout == Duration{0}
                           ? conditions.until
                           : conditions.until.sooner(event::Deadline::in(conditions.options.connect_timeout));
    return conditions.options.socks_proxy.empty() ? connect_to(conditions, host, {host.address, host.port}, until)
                                                  : connect_by_proxy(conditions, host, until);
}

ClientSession::Opened ClientSession::open_once(const Conditions& conditions, const HostAddress& host,
                                               const TlsPolicy& policy, bool& tls_failed)
{
    auto opened = connect(conditions, host);
    if (!opened.session)
        return opened;
    auto session = std::move(opened.session);
    auto failed = session->greet(conditions, policy);
    if (!failed)
        failed = session->authenticate(conditions);
    if (!failed && !conditions.mail_follows)
        if (auto trouble = session->catch_up(conditions))
            failed = Failed{std::move(*trouble)};
    if (failed) {
        tls_failed = failed->tls;
        const bool says_otherwise = session->says_otherwise();
        if (conditions.closed)
            conditions.closed(session->facts());
        if (!failed->trouble.connection_lost || failed->trouble.leaves_politely)
            say_goodbye(std::move(session), std::chrono::seconds{conditions.parameters.quit_timeout});
        return {nullptr, std::move(failed->trouble), says_otherwise};
    }
    if (auto settled = session->settle(conditions, policy); !settled)
        return {nullptr, internal(settled.error().text)};
    return {std::move(session), {}};
}

ClientSession::Reply ClientSession::ask(const Conditions& conditions, Step step, const std::string& command)
{
    return ask(conditions, place(step, step == Step::starttls ? "" : command), command);
}

ClientSession::Reply ClientSession::ask(const Conditions& conditions, const Place& at, const std::string& command)
{
    // A write that fails has its reason in what can still be read.
    if (!command.empty())
        (void)!write(command + "\r\n", wait_for(at.step, conditions.options, conditions.until));
    if (auto trouble = catch_up(conditions))
        return std::move(*trouble);
    return read(conditions, at);
}

ClientSession::Reply ClientSession::read(const Conditions& conditions, const Place& at)
{
    auto reply = wire_.read_reply(wait_for(at.step, conditions.options, conditions.until));
    if (const auto* nothing = std::get_if<NoReply>(&reply))
        return trouble_of(*nothing, at);
    return std::get<ServerReply>(std::move(reply));
}

ClientSession::Progress ClientSession::greet(const Conditions& conditions, const TlsPolicy& policy)
{
    auto failed = greet_in_tls(conditions, policy);
    if (!failed && policy.is_demanded && !offered_.requiretls)
        failed = Failed{refused_for_want_of_tls("5.7.30", "the host does not offer it: REQUIRETLS support required")};
    return failed;
}

// In TLS as far as it is wanted.
ClientSession::Progress ClientSession::greet_in_tls(const Conditions& conditions, const TlsPolicy& policy)
{
    if (conditions.protocol.tls_on_connect)
        if (auto failed = handshake(conditions, policy))
            return failed;
    if (auto failed = hello(conditions))
        return failed;
    return conditions.protocol.tls_on_connect ? std::nullopt : secure(conditions, policy);
}

// What event_action says to a reply ends the connection (manual 61).
std::optional<Trouble> ClientSession::refused_by_event(const Conditions& conditions, std::string_view event, const ServerReply& reply) const
{
    const auto why = conditions.event ? conditions.event(event, reply.text("\n"), facts()) : std::string{};
    if (why.empty())
        return std::nullopt;
    return Trouble{.fault = Fault::host,
                   .text = "deferred by " + std::string(event) + " event expansion: " + escape(why),
                   .error_number = error_event};
}

// RFC 5321 section 3.2: EHLO, and HELO for a server that does not know it.
ClientSession::Progress ClientSession::hello(const Conditions& conditions)
{
    const auto found = hello_name(conditions);
    if (!found)
        return Failed{internal(found.error().text)};
    const auto& name = *found;
    offered_ = {};
    ignores_quota_ = false;
    const auto avoid_esmtp = conditions.lists.match("hosts_avoid_esmtp", conditions.options.hosts_avoid_esmtp, host_.host_name,
                                                    host_.address);
    if (!avoid_esmtp)
        return Failed{internal(avoid_esmtp.error().text)};
    const bool extended = !*avoid_esmtp || !conditions.protocol.falls_back_to_helo;
    std::string refusal;
    const std::string greeting = std::string(conditions.protocol.greeting) + " " + name;
    const auto is_early = extended ? says_hello_early(conditions, greeting) : Result<bool>{false};
    if (!is_early)
        return Failed{internal(is_early.error().text)};
    if (*is_early)
        return std::nullopt;
    if (auto trouble = take_banner(conditions))
        return Failed{std::move(*trouble)};
    if (extended) {
        const auto& command = greeting;
        auto answer = ask(conditions, Step::ehlo, command);
        if (auto* trouble = std::get_if<Trouble>(&answer))
            return Failed{std::move(*trouble), false, trouble->error_number == error_smtp_closed};
        const auto& reply = std::get<ServerReply>(answer);
        if (reply.kind() == '2') {
            take_hello(conditions, reply);
            note_hello(conditions);
            return std::nullopt;
        }
        if (!conditions.protocol.falls_back_to_helo)
            return Failed{refused(place(Step::ehlo, command), reply)};
        refusal = reply.text("\\n");
    }
    const std::string command = "HELO " + name;
    auto answer = ask(conditions, Step::helo, command);
    if (auto* trouble = std::get_if<Trouble>(&answer)) {
        if (!refusal.empty() && trouble->error_number == error_smtp_closed)
            trouble->text += " (EHLO response was: " + refusal + ")";
        return Failed{std::move(*trouble)};
    }
    if (const auto& reply = std::get<ServerReply>(answer); reply.kind() != '2')
        return Failed{refused(place(Step::helo, command), reply)};
    return std::nullopt;
}

void ClientSession::take_hello(const Conditions& conditions, const ServerReply& reply)
{
    offered_ = smtp::parse_extensions(reply.lines);
    offered_.requiretls = offered_.requiretls && wire_.tls(); // RFC 8689 section 2: said in clear it may be anybody's
    hello_reply_ = "250-" + reply.text("\n250-");
    ignores_quota_ = std::ranges::any_of(reply.lines, [](const auto& line) { return same_nocase(trim(line), "IGNOREQUOTA"); });
    if (conditions.event && !std::exchange(hello_is_told_, true))
        (void)conditions.event("smtp:ehlo", reply.text("\n"), facts());
}

// STARTTLS where it is offered and wanted; nothing in clear where it is required (RFC 3207).
ClientSession::Progress ClientSession::secure(const Conditions& conditions, const TlsPolicy& policy)
{
    const auto required = [&](std::string_view why) {
        if (policy.is_demanded)
            return Failed{refused_for_want_of_tls("5.7.10", std::string(why) + ": Encryption needed")};
        return Failed{Trouble{.fault = Fault::host,
                              .text = "a TLS session is required, but " + std::string(why),
                              .error_name = "tls_required",
                              .error_number = error_tls_required}};
    };
    if (policy.avoid && policy.require)
        return required("the host is in hosts_avoid_tls too");
    if (policy.avoid)
        return std::nullopt;
    if (!offered_.starttls) {
        if (!policy.require)
            return std::nullopt;
        if (auto trouble = catch_up(conditions)) // a host is not blamed for what it said another time
            return Failed{std::move(*trouble)};
        return required("the server did not offer TLS support");
    }
    auto answer = ask(conditions, Step::starttls, "STARTTLS");
    if (auto* trouble = std::get_if<Trouble>(&answer))
        return Failed{std::move(*trouble)};
    if (const auto& reply = std::get<ServerReply>(answer); reply.kind() != '2') {
        if (policy.is_demanded && reply.kind() == '4') {
            auto trouble = refused(place(Step::starttls), reply);
            trouble.fault = Fault::message; // other messages need no TLS there
            return Failed{std::move(trouble)};
        }
        if (policy.require)
            return required("an attempt to start TLS failed");
        if (reply.kind() == '4' && !policy.clear_after_failure)
            return Failed{refused(place(Step::starttls), reply)};
        return std::nullopt;
    }
    if (auto failed = handshake(conditions, policy))
        return failed;
    auto failed = hello(conditions); // RFC 3207 section 4.2: what was said before counts no more
    // With TLS 1.3 a server that refuses us, for want of a certificate, says so when our handshake is over.
    if (failed && failed->unanswered)
        return tls_failure(policy, "the server ended the session after the handshake, without a word", true);
    return failed;
}

// `may_pass`: it may go better another time, so that a message with REQUIRETLS waits for that.
ClientSession::Failed ClientSession::tls_failure(const TlsPolicy& policy, std::string text, bool may_pass)
{
    if (policy.is_demanded && !may_pass) {
        auto trouble = refused_for_want_of_tls("5.7.10", "there is no TLS session with the host: " + std::move(text));
        trouble.leaves_politely = false;
        return {std::move(trouble), true};
    }
    return {Trouble{.fault = policy.is_demanded ? Fault::message : Fault::host, // other messages need no TLS there
                    .connection_lost = true,
                    .text = "TLS session: " + std::move(text),
                    .error_name = policy.require ? "tls_required" : "",
                    .error_number = error_tls_failed},
            true};
}

ClientSession::Progress ClientSession::handshake(const Conditions& conditions, const TlsPolicy& policy)
{
    const auto failed = [&](std::string text, bool may_pass = false) { return tls_failure(policy, std::move(text), may_pass); };
    const auto options = tls_options(conditions, policy);
    if (!options)
        return Failed{internal(options.error().text)};
    auto context = conditions.contexts.get(*options);
    if (!context)
        return Failed{internal("TLS: " + context.error().text)};
    auto server = policy.server;
    server.wants_chain = static_cast<bool>(conditions.event);
    const bool names_host = policy.dane || (policy.is_demanded && options->tls_sni.empty());
    server.sni = names_host ? host_.host_name : options->tls_sni;
    if (options->tls_verify_certificates.empty() && !policy.dane) { // there is nothing to verify with
        if (policy.is_demanded)
            return Failed{refused_for_want_of_tls("5.7.10", "there is nothing to verify the host's certificate with (tls_verify_certificates)")};
        server.must_verify = false;
        server.verify_names.clear();
    }
    const auto until = wait_for(Step::starttls, conditions.options, conditions.until);
    const auto resumable = resumption(conditions, policy, *options, server);
    if (!resumable)
        return Failed{internal(resumable.error().text)};
    if (auto done = wire_.start_tls(*context, server, until); !done) {
        constexpr std::string_view lead = "TLS handshake: ", verify = "certificate verify failed";
        std::string_view reason = done.error().text;
        reason.remove_prefix(reason.starts_with(lead) ? lead.size() : 0);
        if (done.error().cause == Cause::timeout)
            return failed("(SSL_connect): timed out", true);
        if (reason.starts_with(verify)) {
            reason.remove_prefix(verify.size());
            if (policy.dane) {
                log::main(conditions.message_id + " DANE attempt failed; TLS connection to " + host_.host_name + " [" +
                          host_.address.text() + "]: (certificate verification failed)" + escape(reason));
                tell_dane_failure(conditions, host_, "validation-failure");
            }
            return failed("(certificate verification failed)" + escape(reason), !is_lasting_certificate_failure(reason));
        }
        return failed("(SSL_connect): " + escape(reason), !is_lasting_tls_failure(reason));
    }
    // Below TLS 1.3 a session serves again, and a server that takes it need not give another.
    if (wire_.tls()->resumed && wire_.tls()->version != "TLS1.3")
        server.keep_session(server.session);
    if (policy.require_ocsp && wire_.tls()->ocsp != tls::Ocsp::verified)
        return failed("(certificate status check failed)", true); // the host's next answer about it may be good
    if (policy.require_alpn && wire_.tls()->alpn.empty())
        return failed("(SSL_connect): ALPN required but not negotiated");
    return refused_by_certificate_event(conditions, policy);
}

// The session that is gone on with, and who keeps new ones. Not with DANE, whose records may have changed since; not where
// the certificate is of interest (OCSP, events), for a session that goes on shows none.
Status ClientSession::resumption(const Conditions& conditions, const TlsPolicy& policy, const SmtpOptions& options,
                                 tls::ServerName& server) const
{
    if (!policy.resume || policy.dane || policy.require_ocsp || conditions.event)
        return {};
    std::string key = TlsContexts::key_of(options) + '\n' + host_.host_name + '\n' + host_.address.text() + '\n' +
                      std::to_string(host_.port) + '\n' + server.sni + '\n' + (server.must_verify ? "must" : "may") + '\n' +
                      TRY(true_name(conditions));
    for (const auto& name : server.verify_names)
        key += '\n' + name;
    const auto& sessions = conditions.contexts.sessions();
    auto taken = sessions->take(key);
    server.session = std::move(taken.octets);
    server.keep_session = [sessions, key, since = taken.since](std::string session) {
        sessions->keep(key, {.octets = std::move(session), .since = since});
    };
    return {};
}

// host_name_extract: one address may stand for many servers, each with sessions of its own.
Result<std::string> ClientSession::true_name(const Conditions& conditions) const
{
    const auto& text = conditions.options.host_name_extract;
    if (text == router::late_mark) {
        if (!conditions.option)
            return temporary("router is needed for host_name_extract, and cannot be asked");
        auto said_of = facts();
        said_of.push_back({"item", hello_reply_});
        return conditions.option("host_name_extract", std::move(said_of));
    }
    // Manual 30.4, its default: what Microsoft's servers call themselves.
    constexpr std::string_view known = ".outlook.com", lead = "250-";
    if (!text.empty() || !host_.host_name.ends_with(known) || !hello_reply_.starts_with(lead))
        return text;
    return hello_reply_.substr(lead.size(), hello_reply_.find_first_of(" \n", lead.size()) - lead.size());
}

// Texts that say something of the connection are expanded now; with DANE neither authorities nor names count.
Result<SmtpOptions> ClientSession::tls_options(const Conditions& conditions, const TlsPolicy& policy) const
{
    auto options = conditions.options;
    for (const auto& [name, member] : {std::pair{"tls_sni", &SmtpOptions::tls_sni}, std::pair{"tls_alpn", &SmtpOptions::tls_alpn},
                                       std::pair{"tls_certificate", &SmtpOptions::tls_certificate},
                                       std::pair{"tls_require_ciphers", &SmtpOptions::tls_require_ciphers},
                                       std::pair{"tls_verify_certificates", &SmtpOptions::tls_verify_certificates},
                                       std::pair{"dane_require_tls_ciphers", &SmtpOptions::dane_require_tls_ciphers}}) {
        if (options.*member != router::late_mark)
            continue;
        if (!conditions.option)
            return temporary("router is needed for " + std::string(name) + ", and cannot be asked");
        options.*member = TRY(conditions.option(name, facts()));
    }
    if (policy.dane && !options.dane_require_tls_ciphers.empty())
        options.tls_require_ciphers = options.dane_require_tls_ciphers;
    if (policy.dane)
        options.tls_verify_certificates.clear();
    return options;
}

// tls:cert of each certificate that the server showed, the farthest one first (manual 61).
ClientSession::Progress ClientSession::refused_by_certificate_event(const Conditions& conditions, const TlsPolicy& policy)
{
    if (!conditions.event)
        return std::nullopt;
    const auto chain = wire_.tls()->chain;
    for (auto depth = chain.size(); depth-- > 0;) {
        auto said_of = facts();
        std::erase_if(said_of, [](const router::Option& fact) { return fact.name == "tls_out_peercert"; });
        said_of.push_back({"tls_out_peercert", chain[depth]});
        const auto why = conditions.event("tls:cert", std::to_string(depth), std::move(said_of));
        if (why.empty())
            continue;
        if (policy.server.must_verify || policy.dane)
            return Failed{Trouble{.fault = Fault::host,
                                  .connection_lost = true,
                                  .text = "TLS session: (certificate verification failed): verify denied by event-action: " + escape(why),
                                  .error_number = error_tls_failed},
                          true};
        wire_.distrust("verify denied by event-action");
    }
    return std::nullopt;
}

// Which extensions this transport uses with this host.
Status ClientSession::settle(const Conditions& conditions, const TlsPolicy& policy)
{
    const auto match = [&](std::string_view option, const std::string& list) {
        return conditions.lists.match(option, list, host_.host_name, host_.address);
    };
    pipelining_ = offered_.pipelining && !TRY(match("hosts_avoid_pipelining", conditions.options.hosts_avoid_pipelining));
    chunking_ = offered_.chunking && TRY(match("hosts_try_chunking", conditions.options.hosts_try_chunking));
    prdr_ = offered_.prdr && TRY(match("hosts_try_prdr", conditions.options.hosts_try_prdr));
    reusable_ = !wire_.tls() || policy.may_reuse;
    return {};
}

void ClientSession::quit(Duration wait)
{
    const auto until = event::Deadline::in(wait);
    const bool was_greeted = early_.owes_hello && early_.unsent.empty();
    early_.unsent.clear();
    if (wire_.write("QUIT\r\n", until))
        for (int due = 1 + (early_.owes_banner ? 1 : 0) + (was_greeted ? 1 : 0); due > 0; --due)
            (void)wire_.read_reply(until);
    wire_.finish();
}

void say_goodbye(std::unique_ptr<ClientSession> session, Duration wait)
{
    // Where no fiber is to be had, the connection just closes.
    (void)!event::Loop::current().spawn("goodbye", [session = std::move(session), wait] { session->quit(wait); });
}

}
