#include "delivery/remote/callout_run.h"

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/address.h"
#include "common/mail/alabel.h"
#include "common/smtp/parameter.h"
#include "common/smtp/path.h"
#include "delivery/remote/held_links.h"
#include "delivery/remote/in_gate.h"
#include "delivery/remote/outcomes.h"
#include "delivery/remote/requiretls.h"
#include "delivery/remote/router_questions.h"
#include "delivery/remote/sendable.h"

#include <algorithm>

namespace gp::remote {
namespace {

constexpr std::uint32_t longest_ms = 3'600'000; // of any time that a question may ask for

Duration bounded(std::uint32_t milliseconds)
{
    return Duration{std::int64_t{std::clamp(milliseconds, 1u, longest_ms)}};
}

}

CalloutRun::CalloutRun(Workshop& workshop, const Callout& request)
    : workshop_(workshop), request_(request), until_(event::Deadline::in(bounded(request.maxwait_ms)))
{
}

CalloutReply CalloutRun::run()
{
    prepare([this](std::uint16_t port) { walk(port); });
    return std::move(reply_);
}

CalloutReply CalloutRun::go_on(HeldSession& held)
{
    joins_ = &held;
    const auto& hosts = request_.instruction.hosts;
    const bool is_same = request_.sender == held.sender &&
                         std::ranges::find(hosts, held.host.host_name, &router::Host::name) != hosts.end();
    const bool is_plain = request_.random.empty() && !request_.postmaster; // those begin with RSET
    if (is_same && is_plain)
        prepare([&](std::uint16_t) { visit(held.host); });
    else
        reply_.log_text = "the message goes to another host";
    return std::move(reply_);
}

// The options, and the port where they name none.
void CalloutRun::prepare(const std::function<void(std::uint16_t port)>& next)
{
    auto options = SmtpOptions::read(request_.instruction.options);
    const bool is_sendable = can_be_sent(request_.sender) && can_be_sent(request_.instruction.address) &&
                             can_be_sent(request_.random) && can_be_sent(request_.postmaster_sender);
    if (!options || !is_sendable) {
        reply_.log_text = options ? "the address cannot be sent by SMTP" : options.error().text;
        return;
    }
    options_ = std::move(options).take();
    options_.connect_timeout = bounded(request_.connect_ms);
    options_.command_timeout = bounded(request_.timeout_ms);
    const auto* protocol = workshop_.protocols.find(options_.protocol);
    auto port = options_.port.empty() || !protocol ? Result<std::uint16_t>{protocol ? protocol->port : std::uint16_t{0}}
                                                   : net::parse_port(options_.port);
    if (!protocol || !port) {
        reply_.log_text = protocol ? port.error().text : "option protocol of the smtp transport: \"" +
                                                             escape(options_.protocol) + "\" is unknown";
        return;
    }
    next(*port);
}

void CalloutRun::walk(std::uint16_t port)
{
    delivery::Deliver hosts_of;
    hosts_of.instruction.hosts = request_.instruction.hosts;
    HostWalk hosts{hosts_of, options_, port, workshop_.random};
    if (hosts.empty())
        reply_.log_text = "host lookup did not complete";
    while (!until_.expired()) {
        const auto host = hosts.next();
        if (!host)
            break;
        if (visit(*host) == Then::done)
            return;
        if (all_unfit_ && !unfit_.empty())
            hosts.do_not_count(); // as a delivery does: there was nothing to be tried
    }
    // Nobody there may have the message, which would come back: its client hears that now.
    if (all_unfit_ && !unfit_.empty() && !hosts.has_more() && !hosts.was_cut_off() && !hosts.lookup_deferred()) {
        reply_.verdict = Learnt::no;
        reply_.response = unfit_;
    }
}

// --- one host ---

CalloutRun::Then CalloutRun::visit(const HostAddress& host)
{
    host_ = host;
    reply_.host_name = host.host_name;
    reply_.host_address = host.address.text();
    // A host that has begun may finish; the whole has a bound all the same.
    const auto longest = event::Deadline::in(bounded(longest_ms));
    RouterQuestions questions{workshop_.router, workshop_.parameters, longest, request_.instruction, {}, request_.sender};
    const auto lists = questions.host_lists();
    const auto avoids = lists.match("hosts_verify_avoid_tls", options_.hosts_verify_avoid_tls, host.host_name, host.address);
    if (!avoids) {
        reply_.log_text = avoids.error().text;
        all_unfit_ = false;
        return Then::next_host;
    }
    SmtpOptions options = options_;
    if (*avoids && !request_.requires_tls)
        options.hosts_avoid_tls = "*";
    const auto* protocol = workshop_.protocols.find(options.protocol);
    const Conditions conditions{.parameters = workshop_.parameters,
                                .options = options,
                                .protocol = *protocol,
                                .lists = lists,
                                .contexts = workshop_.contexts,
                                .message_id = {},
                                .until = longest,
                                .login = [&](router::Login question) { return questions.log_in(std::move(question)); },
                                .option = [&](std::string_view name, std::vector<router::Option> facts) {
                                    return questions.option(name, std::move(facts));
                                },
                                .tlsa = [&](const std::string& name, std::uint16_t port) { return questions.tlsa(name, port); },
                                .recall_hello = [&](const std::string& key) { return questions.recall_hello(key); },
                                .keep_hello = [&](const std::string& key, const std::string& all) { questions.keep_hello(key, all); },
                                .tls_wish = request_.requires_tls && !protocol->one_reply_each ? mail::TlsWish::required : mail::TlsWish::usual,
                                .mail_follows = false,
                                .event = {},
                                .closed = {}};
    if (!workshop_.connections.enter(until_)) {
        reply_.log_text = "no connection was free in time (connections_max)";
        return Then::done;
    }
    const InGate inside{workshop_.connections};
    const auto then = open(conditions) ? converse(conditions)
                      : reply_.verdict == Learnt::no ? Then::done
                                                     : Then::next_host;
    put_away();
    return then;
}

bool CalloutRun::open(const Conditions& conditions)
{
    // With the options of this very callout: what was opened in clear for it is not what a delivery asks for.
    key_ = warm_key(host_, request_.instruction, conditions.options, request_.sender, workshop_.parameters.logins_vary);
    if (conditions.tls_wish != mail::TlsWish::usual) // as a delivery has it
        key_ += "\n" + std::string(mail::word_of(conditions.tls_wish));
    if (joins_) {
        if (key_ == joins_->key)
            session_ = std::move(joins_->session);
        else
            reply_.log_text = "the message goes another way";
        return session_ != nullptr;
    }
    if (request_.hold && !request_.cut) {
        session_ = workshop_.warm.take(key_);
        if (session_) {
            all_unfit_ = false;
            return true;
        }
    }
    auto opened = ClientSession::open(conditions, host_);
    session_ = std::move(opened.session);
    if (session_) {
        all_unfit_ = false;
        return true;
    }
    all_unfit_ = all_unfit_ && is_want_of_tls(opened.trouble);
    if (all_unfit_)
        unfit_ = "550 " + opened.trouble.enhanced + " " + opened.trouble.text;
    reply_.response = response_in(opened.trouble);
    conclude({.verdict = opened.trouble.permanent && opened.trouble.smtp_code ? Learnt::no : Learnt::unknown,
              .trouble = std::move(opened.trouble),
              .sent = all_unfit_ ? "" : "QUIT"}, // which was said to a host that refused to talk
             CalloutReply::At::connection);
    return false;
}

CalloutRun::Then CalloutRun::converse(const Conditions& conditions)
{
    auto then = Then::done;
    const bool speaks_utf8 = session_->offered().smtputf8;
    if (request_.smtputf8 && !speaks_utf8 && !conditions.options.downconverts(speaks_utf8)) {
        reply_.response = "533 no support for internationalised mailbox name"; // RFC 6531 section 3.5 has the code
        Trouble trouble;
        trouble.text = "response to \"EHLO\" did not include SMTPUTF8";
        return conclude({.verdict = Learnt::no, .trouble = std::move(trouble), .sent = {}}, CalloutReply::At::connection);
    }
    if (!request_.random.empty() && !ask_random(conditions, then))
        return then;
    const auto said = joins_ ? ask_again(conditions, request_.instruction.address)
                             : ask(conditions, request_.sender, request_.instruction.address);
    if (!said.at_mail)
        reply_.address = said.verdict;
    if (said.verdict != Learnt::yes)
        return conclude(said, said.at_mail ? CalloutReply::At::mail : CalloutReply::At::rcpt);
    if (request_.postmaster)
        return ask_postmaster(conditions);
    reply_.verdict = Learnt::yes;
    return Then::done;
}

// A host that takes an address that cannot exist takes all, and there is nothing more to be learnt. True: go on.
bool CalloutRun::ask_random(const Conditions& conditions, Then& then)
{
    const auto said = ask(conditions, request_.sender, request_.random);
    if (!said.at_mail)
        reply_.random = said.verdict;
    if (said.verdict == Learnt::yes) {
        reply_.verdict = Learnt::yes;
        return false;
    }
    if (said.verdict == Learnt::unknown || said.at_mail) {
        then = conclude(said, said.at_mail ? CalloutReply::At::mail : CalloutReply::At::rcpt);
        return false;
    }
    if (reset(conditions))
        return true;
    // It closes after a refusal.
    session_.reset();
    if (open(conditions))
        return true;
    then = Then::next_host;
    return false;
}

CalloutRun::Then CalloutRun::ask_postmaster(const Conditions& conditions)
{
    const auto at = request_.instruction.address.rfind('@');
    const auto domain = at == std::string::npos ? std::string{} : request_.instruction.address.substr(at);
    auto said = ask(conditions, request_.postmaster_sender, "postmaster" + domain);
    const auto first = said.trouble;
    if (said.verdict == Learnt::no && !said.at_mail && request_.bare_postmaster) {
        said = ask_again(conditions, "postmaster");
        if (said.verdict == Learnt::no)
            said.trouble.text = first.text; // the log has the proper name
    }
    reply_.postmaster = said.verdict;
    if (said.verdict != Learnt::yes)
        return conclude(said, CalloutReply::At::postmaster);
    reply_.verdict = Learnt::yes;
    return Then::done;
}

CalloutRun::Then CalloutRun::conclude(const Said& said, CalloutReply::At at)
{
    reply_.verdict = said.verdict;
    reply_.refused_at = at;
    reply_.log_text = said.trouble.text;
    reply_.sent = said.sent;
    if (said.trouble.leaves_politely && session_) // 421: it is about to close, and hears a QUIT
        say_goodbye(std::move(session_), std::chrono::seconds{workshop_.parameters.quit_timeout});
    if (said.trouble.connection_lost && session_)
        session_.reset();
    return said.verdict == Learnt::no ? Then::done : Then::next_host;
}

// --- MAIL and RCPT ---

std::variant<ServerReply, Trouble> CalloutRun::expect(const Conditions& conditions, const Place& place)
{
    auto reply = session_->wire().read_reply(session_->wait_for(place.step, conditions.options, conditions.until));
    if (const auto* nothing = std::get_if<NoReply>(&reply))
        return trouble_of(*nothing, place);
    return std::get<ServerReply>(std::move(reply));
}

CalloutRun::Said CalloutRun::said_of(const std::variant<ServerReply, Trouble>& reply, const Place& place)
{
    Said said{.sent = place.command};
    if (const auto* trouble = std::get_if<Trouble>(&reply)) {
        said.trouble = *trouble;
        return said;
    }
    const auto& answer = std::get<ServerReply>(reply);
    if (answer.kind() == '2') {
        said.verdict = Learnt::yes;
        return said;
    }
    said.verdict = answer.kind() == '5' ? Learnt::no : Learnt::unknown;
    said.trouble = refused(place, answer);
    reply_.response = answer.text("\n");
    // Exim's words for a sender that is refused for good.
    if (place.step == Step::mail && said.verdict == Learnt::no)
        said.trouble.text = "response to \"" + place.command + "\" was: " + answer.text("\\n");
    return said;
}

CalloutRun::Said CalloutRun::ask(const Conditions& conditions, const std::string& from, const std::string& to)
{
    const bool in_ascii = conditions.options.downconverts(session_->offered().smtputf8);
    const auto sender = in_ascii ? mail::in_ascii_form(from) : from;
    const auto recipient = in_ascii ? mail::in_ascii_form(to) : to;
    if (session_->needs_reset && !reset(conditions))
        return {.trouble = closed(session_->place(Step::rset, "RSET")), .sent = "RSET"};
    smtp::MailParameters parameters;
    parameters.smtputf8 = request_.smtputf8;
    parameters.body = request_.eight_bit ? mail::BodyType::eight_bit_mime : mail::BodyType::seven_bit;
    parameters.body_given = request_.eight_bit;
    parameters.requiretls = request_.requires_tls;
    const auto& login = conditions.options.authenticated_sender;
    if (!login.empty() && (!session_->authenticated_as().empty() || conditions.options.authenticated_sender_force))
        parameters.auth = login;
    const auto mail = "MAIL FROM:" + smtp::format_path(sender) + smtp::write_mail_parameters(parameters, session_->offered());
    const auto rcpt = "RCPT TO:" + smtp::format_path(recipient);
    const bool grouped = session_->may_pipeline();
    const auto until = session_->wait_for(Step::mail, conditions.options, conditions.until);
    session_->needs_reset = true;
    // A write that fails has its reason in what can still be read.
    (void)!session_->wire().write(grouped ? mail + "\r\n" + rcpt + "\r\n" : mail + "\r\n", until);
    const auto place = session_->place(Step::mail, mail);
    auto said = said_of(expect(conditions, place), place);
    said.at_mail = said.verdict != Learnt::yes;
    if (said.verdict != Learnt::unknown && reply_.mail == Learnt::unknown)
        reply_.mail = said.verdict;
    if (said.at_mail) {
        if (grouped && !said.trouble.connection_lost)
            (void)expect(conditions, session_->place(Step::rcpt, rcpt)); // refused as well
        return said;
    }
    if (!grouped)
        (void)!session_->wire().write(rcpt + "\r\n", session_->wait_for(Step::rcpt, conditions.options, conditions.until));
    const auto there = session_->place(Step::rcpt, rcpt);
    return said_of(expect(conditions, there), there);
}

CalloutRun::Said CalloutRun::ask_again(const Conditions& conditions, const std::string& recipient)
{
    const auto place = session_->place(Step::rcpt, "RCPT TO:" + smtp::format_path(recipient));
    (void)!session_->wire().write(place.command + "\r\n", session_->wait_for(Step::rcpt, conditions.options, conditions.until));
    return said_of(expect(conditions, place), place);
}

bool CalloutRun::reset(const Conditions& conditions)
{
    const auto until = session_->wait_for(Step::rset, conditions.options, conditions.until);
    if (!session_->wire().write("RSET\r\n", until))
        return false;
    const auto reply = expect(conditions, session_->place(Step::rset, "RSET"));
    const auto* answer = std::get_if<ServerReply>(&reply);
    session_->needs_reset = false;
    return answer && answer->kind() == '2';
}

// What was said to the host is the beginning of a message. Late options say something of a message, which is not here.
bool CalloutRun::may_be_cut_through() const
{
    const bool is_ascii = mail::is_ascii(request_.sender) && mail::is_ascii(request_.instruction.address);
    return workshop_.held && request_.random.empty() && !request_.postmaster && !options_.has_late() && is_ascii &&
           options_.protocol == "smtp";
}

void CalloutRun::put_away()
{
    if (!session_)
        return;
    if (joins_) {
        if (reply_.verdict == Learnt::yes)
            joins_->recipients.push_back(request_.instruction.address);
        joins_->session = std::move(session_);
        return;
    }
    const bool is_kept = (request_.hold || request_.cut) && reply_.verdict == Learnt::yes;
    if (is_kept && may_be_cut_through()) {
        HeldSession held{.session = std::move(session_),
                         .key = key_,
                         .host = host_,
                         .sender = request_.sender,
                         .recipients = {request_.instruction.address},
                         .eight_bit = request_.eight_bit,
                         .smtputf8 = request_.smtputf8,
                         .is_for_more = request_.hold};
        reply_.held = workshop_.held->hold(held);
        if (reply_.held)
            return;
        session_ = std::move(held.session);
    }
    if (is_kept && request_.hold && session_->may_be_kept())
        session_ = workshop_.warm.keep(key_, std::move(session_));
    if (session_)
        say_goodbye(std::move(session_), std::chrono::seconds{workshop_.parameters.quit_timeout});
}

}
