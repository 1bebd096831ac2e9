#include "router/acl_policy.h"

#include <array>

#include "common/acl/added_headers.h"
#include "common/base/number.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/address.h"
#include "common/mail/status_code.h"
#include "common/scan/servers.h"
#include "router/acl_calls.h"
#include "router/address_inquiry.h"
#include "router/decisions.h"
#include "router/dkim_rounds.h"
#include "router/logins.h"
#include "router/mime_rounds.h"
#include "router/percent_hack.h"
#include "router/sender_binding.h"
#include "router/switches_protocol.h"
#include "router/verification.h"
#include "router/wellknown.h"

namespace gp::router {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Phase::count_)> options = {
    "acl_smtp_connect", "acl_smtp_helo",      "acl_smtp_starttls",  "acl_smtp_auth",     "acl_smtp_mail",
    "acl_smtp_rcpt",    "acl_smtp_predata",   "acl_smtp_mime",      "acl_smtp_dkim",     "acl_smtp_data",
    "acl_smtp_data_prdr", "acl_not_smtp",     "acl_not_smtp_start", "acl_not_smtp_mime", "acl_smtp_etrn",
    "acl_smtp_vrfy",    "acl_smtp_expn",      "acl_smtp_atrn",      "acl_smtp_wellknown", "acl_smtp_quit",
    "acl_smtp_notquit", "acl_smtp_mailauth",
};

// The phase's number is the bit of its place in common/acl/where.h, but for the order of a few.
constexpr std::array<acl::Where, static_cast<std::size_t>(Phase::count_)> places = {
    acl::where_connect, acl::where_helo,     acl::where_starttls,       acl::where_auth,          acl::where_mail,
    acl::where_rcpt,    acl::where_predata,  acl::where_mime,           acl::where_dkim,          acl::where_data,
    acl::where_prdr,    acl::where_not_smtp, acl::where_not_smtp_start, acl::where_not_smtp_mime, acl::where_etrn,
    acl::where_vrfy,    acl::where_expn,     acl::where_atrn,           acl::where_wellknown,     acl::where_quit,
    acl::where_notquit, acl::where_mailauth,
};

// What greet() asks.
constexpr std::array<std::string_view, 27> greeting_host_lists = {
    "host_lookup",
    "host_reject_connection",
    "pipelining_advertise_hosts",
    "chunking_advertise_hosts",
    "tls_advertise_hosts",
    "dsn_advertise_hosts",
    "helo_accept_junk_hosts",
    "sender_unqualified_hosts",
    "recipient_unqualified_hosts",
    "hosts_require_helo",
    "smtputf8_advertise_hosts",
    "ignore_fromline_hosts",
    "tls_verify_hosts",
    "smtp_accept_max_nonmail_hosts",
    "smtp_ratelimit_hosts",
    "smtp_reserve_hosts",
    "hosts_connection_nolog",
    "hosts_proxy",
    "hosts_xclient",
    "helo_verify_hosts",
    "helo_try_verify_hosts",
    "tls_resumption_hosts",
    "hosts_require_alpn",
    "pipelining_connect_advertise_hosts",
    "wellknown_advertise_hosts",
    "limits_advertise_hosts",
    "requiretls_advertise_hosts",
};
constexpr std::array<std::string_view, 4> greeting_texts = {"smtp_active_hostname", "smtp_banner", "message_size_limit", "smtp_accept_max_per_host"};

// Where there is no ACL, nobody may: manual chapter 44.2.
bool is_closed_without_acl(Phase phase)
{
    return phase == Phase::rcpt || phase == Phase::vrfy || phase == Phase::expn || phase == Phase::etrn || phase == Phase::atrn || phase == Phase::wellknown;
}

bool is_about_address(Phase phase)
{
    return phase == Phase::rcpt || phase == Phase::vrfy || phase == Phase::data_prdr;
}

// $recipients (manual 11.9): where they are all there.
bool shows_recipients(Phase phase)
{
    constexpr Phase ones[] = {Phase::predata, Phase::mime, Phase::dkim, Phase::data, Phase::data_prdr, Phase::not_smtp, Phase::not_smtp_start,
                              Phase::not_smtp_mime};
    return std::ranges::find(ones, phase) != std::end(ones);
}

// What follows the command's name; the names of MAIL and RCPT have two words (manual chapter 11.9).
std::string argument_of(std::string_view command)
{
    auto end = command.find_first_of(" \t");
    const auto verb = command.substr(0, end);
    if (same_nocase(verb, "MAIL") || same_nocase(verb, "RCPT"))
        if (const auto colon = command.find(':'); colon != std::string_view::npos)
            end = colon + 1;
    return end == std::string_view::npos ? std::string{} : std::string(trim_left(command.substr(end)));
}

// "550 5.7.1 text": a message may choose its code, of the class that the verdict has; of another one it is
// dropped (manual 44.19). An enhanced code stays in the text, so that the client hears it whether or not it
// was promised such codes.
void take_code(AskReply& reply, Phase phase)
{
    const std::string_view text = reply.text;
    const char accepted = phase == Phase::predata ? '3' : '2';
    const char wanted = reply.verdict == Verdict::defer ? '4' : reply.verdict == Verdict::accept ? accepted : '5';
    if (text.size() < 3 || text[0] < '2' || text[0] > '5' || !is_digit(text[1]) ||
        !is_digit(text[2]) || (text.size() > 3 && text[3] != ' '))
        return;
    const bool fits = text[0] == wanted;
    if (!fits)
        log::panic("configured error code starts with incorrect digit (expected " + std::string(1, wanted) + ") in \"" +
                   escape(text, true) + "\"");
    auto rest = trim_left(text.substr(3));
    if (!fits && reply.log_text == text.substr(0, text.find('\n'))) // the log has the code that the client hears
        reply.log_text = (wanted == '4' ? "451 " : wanted == '5' ? "550 " : wanted == '3' ? "354 " : "250 ") + std::string(rest.substr(0, rest.find('\n')));
    const auto enhanced = mail::enhanced_at_start(rest);
    if (fits)
        reply.code = static_cast<std::uint32_t>((text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0'));
    if (fits && !enhanced.empty()) {
        reply.enhanced = enhanced;
        reply.text = replace_all(std::string(rest), "\n", "\n" + reply.enhanced + " ");
        return;
    }
    reply.text = std::string(trim_left(rest.substr(enhanced.size())));
}

}

std::string_view acl_option(Phase phase)
{
    return options[static_cast<std::size_t>(phase)];
}

AclPolicy::AclPolicy(const World& world, const Authenticators& authenticators, config::Problems& problems)
    : world_(world), authenticators_(authenticators), acls_(world.ground().language, acl::Words::linked())
{
    for (const auto& source : world.configuration().acls)
        acls_.add(source, problems);
    check_scanners(problems);
    const auto& main = world.configuration().main.all;
    if (const auto& path = main.text("dmarc_tld_file"); !path.empty())
        suffixes_.emplace(path);
    for (std::size_t i = 0; i < options.size(); ++i) {
        phases_.emplace_back();
        if (!main.find(options[i]) || !main.is_set(options[i]))
            continue;
        const auto text = main.expandable(options[i]);
        auto parsed = world.ground().language.parse(text.text);
        if (!parsed) {
            problems.error(text.origin, text.text, std::string(options[i]) + ": " + parsed.error().text);
            continue;
        }
        if (parsed->constant() && !parsed->constant()->empty() &&
                 parsed->constant()->find_first_of(" \n\t/") == std::string::npos &&
                 !acls_.has(*parsed->constant()) && !acl::is_verb(*parsed->constant()))
            problems.warning(text.origin, text.text,
                             std::string(options[i]) + ": there is no ACL \"" + escape(*parsed->constant()) +
                                 "\": whatever is asked of it will be put off (451)");
        phases_.back() = std::move(parsed).take();
    }
    read_greeting(problems);
}

void AclPolicy::read_greeting(config::Problems& problems)
{
    const auto& main = world_.configuration().main.all;
    const auto& language = world_.ground().language;
    auto read = [&](std::string_view option, auto parse, auto& into) {
        if (!main.find(option) || !main.is_set(option))
            return;
        const auto text = main.expandable(option);
        if (auto parsed = parse(text.text))
            into.emplace(option, std::move(parsed).take());
        else
            problems.error(text.origin, text.text, std::string(option) + ": " + parsed.error().text);
    };
    for (const auto option : greeting_host_lists)
        read(option, [&](const auto& text) { return expand::ListText::parse(language, match::Kind::host, text); },
             host_lists_);
    read("helo_lookup_domains", [&](const auto& text) { return expand::ListText::parse(language, match::Kind::domain, text); },
         domain_lists_);
    if (main.find("dkim_verify_signers") && main.is_written("dkim_verify_signers"))
        read("dkim_verify_signers", [&](const auto& text) { return language.parse(text); }, texts_);
    read("sender_logins", [&](const auto& text) { return language.parse(text); }, texts_);
    read("spf_smtp_comment_template", [&](const auto& text) { return language.parse(text); }, texts_);
    for (const auto option : greeting_texts)
        read(option, [&](const auto& text) { return language.parse(text); }, texts_);
}

bool AclPolicy::tells_details() const
{
    return world_.configuration().main.smtp_input.smtp_return_error_details;
}

Result<std::string> AclPolicy::expanded(std::string_view option, expand::Scene& scene) const
{
    const auto found = texts_.find(option);
    if (found == texts_.end())
        return std::string{};
    auto words = found->second.expand(scene);
    if (words)
        return std::move(words->text);
    if (words.error().cause == Cause::forced_fail)
        return std::string{};
    return temporary(world_.configuration().main.all.origin(option).text() + ": " + std::string(option) + ": " +
                     words.error().text);
}

Result<bool> AclPolicy::host_matches(std::string_view option, expand::Scene& scene) const
{
    const auto found = host_lists_.find(option);
    if (found == host_lists_.end())
        return false;
    match::Host local;
    return static_cast<bool>(TRY(found->second.host(scene, scene.host ? *scene.host : local)));
}

// What the scanners' options name is checked where an ACL uses them.
void AclPolicy::check_scanners(config::Problems& problems)
{
    const auto& main = world_.configuration().main.all;
    bool spam = false, malware = false;
    for (const auto& acl : world_.configuration().acls)
        for (const auto& line : acl.lines) {
            spam |= line.text.find("spam") != std::string::npos;
            malware |= line.text.find("malware") != std::string::npos;
        }
    const auto take = [&](std::string_view name, bool is_used, auto servers_of, acl::ScannerOption& option, auto& expression) {
        option.text = main.text(name);
        if (!is_used)
            return;
        const bool is_expanded = option.text.starts_with('$');
        Error wrong;
        bool is_wrong = false;
        if (is_expanded) {
            if (auto parsed = world_.ground().language.parse(option.text))
                option.expression = &expression.emplace(std::move(parsed).take());
            else
                is_wrong = true, wrong = parsed.error();
        } else if (auto servers = servers_of(option.text); !servers) {
            is_wrong = true, wrong = servers.error();
        }
        if (is_wrong)
            problems.error(main.origin(name), main.text(name), std::string(name) + ": " + wrong.text);
    };
    take("spamd_address", spam, scan::spam_servers, spamd_address_, spamd_text_);
    take("av_scanner", malware, scan::virus_servers, av_scanner_, av_text_);
}

// The address of MAIL or RCPT, qualified.
std::optional<AskReply> AclPolicy::check_address(const Ask& question, MessageScene&, AskReply& reply) const
{
    if (question.phase != Phase::mail && question.phase != Phase::rcpt)
        return {};
    const auto& site = world_.ground().world.site;
    reply.address = question.argument;
    if (!reply.address.empty() && mail::domain_of(reply.address).empty())
        reply.address += "@" + (question.phase == Phase::mail ? site.qualify_domain : site.qualify_recipient);
    return {};
}

Result<AskReply> AclPolicy::ask(const Ask& question, const MessageCalls& calls)
{
    AskReply reply{.state = question.state};
    const auto index = static_cast<std::size_t>(question.phase);
    if (index >= phases_.size())
        return permanent("no such phase");
    // The reply's state is what the ACL reads and writes.
    MessageScene message{world_, question.origin, question.state.variables,
                         {.id = question.message_id,
                          .sender = question.sender,
                          .recipients = &question.recipients,
                          .headers = question.headers,
                          .size = question.size,
                          .body_lines = question.body_lines,
                          .longest_line = question.longest_line,
                          .is_received = !question.headers.empty(),
                          .body_start = question.body_start,
                          .body_end = question.body_end}};
    TRY(decide(question, calls, message, reply));
    tell_name(message.scene(), question, reply);
    return reply;
}

Status AclPolicy::decide(const Ask& question, const MessageCalls& calls, MessageScene& message, AskReply& reply)
{
    const auto index = static_cast<std::size_t>(question.phase);
    check_address(question, message, reply);
    if (question.phase == Phase::helo)
        TRY(look_up_borrowed_name(message.scene(), reply));
    acl::HeloCheck named;
    if (question.phase == Phase::helo && TRY(bears_false_name(message.scene(), named))) {
        reply.verdict = Verdict::deny;
        reply.text = upper(question.command.substr(0, question.command.find(' '))) + " argument does not match calling host";
        reply.log_text = false_helo_name;
        return {};
    }
    acl::note_helo(named, message.scene(), reply.state);
    // Signatures are logged and kept, whether or not there is an ACL for them.
    if (phases_[index] || question.phase == Phase::dkim) {
        auto answer = run(question, phases_[index] ? &*phases_[index] : nullptr, message, calls);
        answer.address = reply.address;
        answer.host_name = reply.host_name;
        answer.host_lookup_failed = reply.host_lookup_failed;
        reply = std::move(answer);
    } else if (is_closed_without_acl(question.phase)) {
        reply.verdict = Verdict::deny;
    } else if (question.phase == Phase::mailauth && question.origin.authenticator.empty()) {
        reply.verdict = Verdict::deny;
        reply.log_text = "client not authenticated";
    }
    acl::note_helo(named, message.scene(), reply.state); // the ACL's answer has a state of its own
    if (reply.verdict != Verdict::accept)
        return {};
    if (question.phase == Phase::helo)
        offer_authentication(message.scene(), reply);
    if (question.phase == Phase::mailauth)
        check_mail_auth(question, message.scene(), reply);
    if (question.phase == Phase::vrfy)
        tell_of_address(world_, message.scene(), question.argument, reply);
    if (question.phase == Phase::expn)
        tell_expansion(world_, message.scene(), question.argument, reply);
    if (question.phase == Phase::wellknown)
        tell_wellknown(world_, message.scene(), reply);
    if (const auto logins = texts_.find("sender_logins"); logins != texts_.end())
        TRY(bind_sender(world_, logins->second, question, reply));
    return {};
}

void AclPolicy::offer_authentication(expand::Scene& scene, AskReply& reply) const
{
    const auto login = login_by_tls(authenticators_, scene);
    reply.authenticator = login.authenticator;
    reply.authenticated_id = login.id;
    if (login.authenticator.empty())
        reply.auth_mechanisms = authenticators_.offered(scene, std::ranges::count(reply.state.switches, can_be_bound) > 0);
}

// AUTH= of MAIL is believed when the client's own authenticator says so (manual 33.1).
void AclPolicy::check_mail_auth(const Ask& question, expand::Scene& scene, AskReply& reply) const
{
    const auto* by = authenticators_.named(question.origin.authenticator);
    if (!by || !by->mail_auth_condition)
        return;
    const auto words = by->mail_auth_condition->expand(scene);
    if (words && expand::is_true(words->text))
        return;
    reply.verdict = Verdict::deny;
    reply.log_text = "server_mail_auth_condition failed";
    if (!question.origin.authenticated_id.empty())
        reply.log_text += ": authenticated ID=\"" + escape(question.origin.authenticated_id) + "\"";
}

AskReply AclPolicy::run(const Ask& question, const expand::Expression* acl, MessageScene& message, const MessageCalls& calls)
{
    auto& scene = message.scene();
    mail::PolicyState state = question.state;
    scene.acl_variables = &state.variables;
    std::string recipient = question.argument;
    if (is_about_address(question.phase) && !recipient.empty()) {
        auto meant = address_meant(world_.ground(), scene, question.argument);
        if (!meant)
            return {.verdict = Verdict::defer, .log_text = std::string(percent_hack_deferred), .state = std::move(state)};
        recipient = std::move(meant).take();
    }
    expand::Address address;
    const auto written = mail::local_part_of(recipient);
    const bool is_plain = !written.starts_with('"') && written.find('\\') == std::string_view::npos;
    const auto local_part_caseful = is_plain ? std::string(written) : mail::unquote_local_part(written);
    const std::string local_part = lower(local_part_caseful);
    const std::string domain = lower(mail::domain_of(recipient));
    if (is_about_address(question.phase)) {
        address.local_part = local_part;
        address.domain = domain;
        scene.address = &address;
    }
    scene.facts.set("smtp_command", Text::from(question.command, "$smtp_command"));
    scene.facts.set("smtp_command_argument", Text::from(argument_of(question.command), "$smtp_command_argument"));
    scene.facts.set("smtp_command_history", Text::from(question.command_history, "$smtp_command_history"));
    scene.facts.set("prdr_requested", Text::clean(question.prdr_requested ? "yes" : "no"));
    if (std::ranges::count(state.switches, mail::helo_is_secure) > 0)
        scene.facts.set("sender_helo_dnssec", Text::clean("yes"));
    if (!state.queue.empty())
        scene.facts.set("queue_name", Text::clean(state.queue));
    if (question.phase == Phase::notquit)
        scene.facts.set("smtp_notquit_reason", Text::clean(question.argument));
    message.message().rcpt_count = static_cast<std::int64_t>(question.recipients.size()) + question.recipients_refused +
                                   question.recipients_deferred + (question.phase == Phase::rcpt ? 1 : 0);
    message.message().recipients_are_shown = shows_recipients(question.phase);
    message.message().rcpt_fail_count = question.recipients_refused;
    message.message().rcpt_defer_count = question.recipients_deferred;
    Verification verifier{world_, scene, question.sender, state, office_};
    acl::Context context{.scene = scene, .where = places[static_cast<std::size_t>(question.phase)], .state = state, .acls = acls_};
    context.verifier = &verifier;
    context.sender = question.sender;
    context.sender_given = question.sender_given;
    context.recipient = recipient;
    context.recipients = &question.recipients;
    context.counts = counts_;
    context.scanners = calls.scanners;
    context.contents = calls.contents;
    context.spamd_address = spamd_address_;
    context.av_scanner = av_scanner_;
    context.spf_guess = world_.configuration().main.all.text("spf_guess");
    if (const auto found = texts_.find("spf_smtp_comment_template"); found != texts_.end())
        context.spf_comment = &found->second;
    context.suffixes = suffixes_ ? &*suffixes_ : nullptr;
    context.now = world_.ground().clock.seconds();
    context.resolver = &world_.ground().resolver;
    const auto& parameters = world_.ground().parameters;
    context.tells_details = tells_details();
    context.log_warn_skipped = parameters.log_acl_warn_skipped;
    context.log_dnslist_defer = parameters.log_dnslist_defer;
    context.log_dmarc_verbose = parameters.log_dmarc_verbose;
    context.dns_timeout = Duration{std::int64_t{world_.ground().parameters.dns_timeout} * 1000};
    context.address = &address;
    context.local_part_caseful = local_part_caseful;
    context.local_part_lower = local_part;
    context.headers = question.headers;

    const AclCalls::Running running{world_.acl_calls(), context};
    acl::show_added_headers(context);
    const bool at_end = question.phase == Phase::quit || question.phase == Phase::notquit;
    auto outcome = outcome_of(question, acl, context, calls);
    if (at_end)
        take_at_end(outcome, question.phase);
    auto reply = reply_of(outcome, question, context);
    if (question.phase == Phase::rcpt)
        verifier.cut_through(question, recipient, reply);
    verifier.tell_bad_sender(reply);
    reply.state = std::move(state);
    return reply;
}

// Once, or for each signer, or for each part.
acl::Outcome AclPolicy::outcome_of(const Ask& question, const expand::Expression* acl, acl::Context& context, const MessageCalls& calls) const
{
    std::function<acl::Outcome()> once;
    if (acl)
        once = [&] { return run_named(*acl, context); };
    if (question.phase == Phase::dkim && calls.signatures) {
        DkimRounds::Rules rules{.is_verbose = world_.ground().parameters.log_dkim_verbose, .run = std::move(once)};
        if (const auto found = texts_.find("dkim_verify_signers"); found != texts_.end())
            rules.signers = &found->second;
        return DkimRounds{context, *calls.signatures, std::move(rules)}.judge();
    }
    if (!once)
        return {.verdict = acl::Outcome::Verdict::accept};
    const bool is_mime = question.phase == Phase::mime || question.phase == Phase::not_smtp_mime;
    return is_mime ? for_each_part(question.parts, context, calls.contents, once) : once();
}

acl::Outcome AclPolicy::run_named(const expand::Expression& acl, acl::Context& context) const
{
    const auto name = acl.expand(context.scene);
    if (!name && name.error().cause != Cause::forced_fail)
        return {.verdict = acl::Outcome::Verdict::defer, .log_text = acl::not_expanded(acl, name.error()).text};
    if (!name)
        return {.verdict = acl::Outcome::Verdict::accept};
    if (trim(name->text).empty())
        return {.verdict = acl::Outcome::Verdict::deny}; // the ACL that is asked for does not exist
    return acls_.run(*name, context, &acl);
}

// Whatever those ACLs say, the session ends; one that means to refuse is told of (manual 44.10 and 44.11).
void AclPolicy::take_at_end(acl::Outcome& outcome, Phase phase) const
{
    const auto before = phase == Phase::quit ? std::string("ACL for QUIT returned ERROR: ") : std::string("ACL for not-QUIT returned ERROR: ");
    if (outcome.verdict == acl::Outcome::Verdict::accept)
        return;
    if (outcome.is_broken)
        log::panic(before + outcome.log_text);
    else if (!outcome.verb.empty())
        log::panic(before + "QUIT or not-QUIT toplevel ACL may not fail ('" + std::string(outcome.verb) + "' verb used incorrectly)");
    if (outcome.is_broken || outcome.verb.empty())
        outcome.user_text.clear();
    outcome.verdict = acl::Outcome::Verdict::accept;
}

AskReply AclPolicy::reply_of(const acl::Outcome& outcome, const Ask& question, acl::Context& context) const
{
    using V = acl::Outcome::Verdict;
    AskReply reply;
    switch (outcome.verdict) {
    case V::accept: reply.verdict = Verdict::accept; break;
    case V::deny: reply.verdict = Verdict::deny; break;
    case V::defer: reply.verdict = Verdict::defer; break;
    case V::discard: reply.verdict = Verdict::discard; break;
    case V::drop: reply.verdict = Verdict::drop; break;
    }
    reply.text = outcome.user_text;
    reply.log_text = outcome.log_text.empty() ? outcome.user_text : outcome.log_text;
    reply.log_text.resize(std::min(reply.log_text.find('\n'), reply.log_text.size())); // manual 44.19, log_message
    reply.delay_ms = context.delay_ms;
    take_code(reply, question.phase);
    reply.log_targets = context.log_targets;
    log::debug("acl", std::string(acl_option(question.phase)) + " decided at " + outcome.decided_by.text());
    journal_acl(world_, question, outcome.decided_by.text(), reply);
    return reply;
}

}
