#include "delivery/remote/delivery_run.h"

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/alabel.h"
#include "common/mail/date.h"
#include "delivery/local/filter_protocol.h"
#include "delivery/remote/in_gate.h"
#include "delivery/remote/outcomes.h"
#include "delivery/remote/requiretls.h"
#include "delivery/remote/router_questions.h"
#include "delivery/remote/turned_links.h"
#include "router/late_protocol.h"

#include <algorithm>

namespace gp::remote {
namespace {

constexpr std::uint32_t usual_deadline = 7200; // seconds, when qmgr names none
constexpr std::size_t most_recipients = 1000;  // of one transaction, whatever max_rcpt says
constexpr std::int32_t error_unknown = -1, error_dns = -36, error_host_retry = -54;

Trouble our_trouble(std::string text, std::int32_t number = error_unknown)
{
    return {.fault = Fault::ours, .text = std::move(text), .error_number = number};
}

std::string_view domain_of(std::string_view address)
{
    const auto at = address.rfind('@');
    return at == address.npos ? address : address.substr(at + 1);
}

}

DeliveryRun::DeliveryRun(Workshop& workshop, const delivery::Deliver& request, TurnedLink* turned)
    : workshop_(workshop), request_(request), turned_(turned), run_(++workshop.runs),
      until_(event::Deadline::in(std::chrono::seconds{request.deadline ? request.deadline : usual_deadline}))
{
    for (std::size_t target = 0; target < request.targets.size(); ++target) {
        pending_.push_back({.target = target});
        reply_.outcomes.emplace_back().target = static_cast<std::uint32_t>(target);
    }
}

delivery::DeliverReply DeliveryRun::run(const std::function<void()>& spoken)
{
    reply_.started = microseconds(workshop_.clock);
    if (request_.uncertain)
        log::main(request_.id + " an earlier attempt ended before its outcome was known: the message may arrive twice");
    if (auto settings = read_settings())
        walk(*settings);
    else
        trouble_for_all(our_trouble(settings.error().text));
    event_ = {}; // what it asks went with the walk
    close_pending();
    if (recording_ > 0 && spoken)
        spoken();
    while (recording_ > 0)
        recorded_.wait(event::Deadline::never()); // record() has a bound of its own
    if (spool_)
        spool_->send(spoold::Release{.id = request_.id, .ticket = request_.ticket, .run = run_});
    reply_.ended = microseconds(workshop_.clock);
    return std::move(reply_);
}

Result<DeliveryRun::Settings> DeliveryRun::read_settings() const
{
    Settings settings{.options = TRY(SmtpOptions::read(request_.instruction.options))};
    settings.protocol = workshop_.protocols.find(turned_ ? "smtp" : settings.options.protocol);
    if (!settings.protocol)
        return misconfigured("option protocol of the smtp transport: \"" + escape(settings.options.protocol) + "\" is unknown");
    settings.port = settings.protocol->port;
    if (!settings.options.port.empty())
        settings.port = TRY(net::parse_port(settings.options.port));
    return settings;
}

void DeliveryRun::walk(const Settings& settings)
{
    HostWalk hosts{request_, settings.options, settings.port, workshop_.random};
    if (hosts.empty() && hosts.lookup_deferred())
        return trouble_for_all(our_trouble("host lookup did not complete", error_dns));
    if (hosts.empty())
        return trouble_for_all(our_trouble(request_.instruction.transport + " transport called with no hosts set"));
    if (hosts.all_skipped())
        return trouble_for_all(our_trouble("retry time not reached for any host for '" +
                                               std::string(domain_of(request_.instruction.address)) + "'",
                                           error_host_retry));
    if (request_.tls_wish == mail::TlsWish::required && hosts.some_skipped())
        trouble_for_all(our_trouble("retry time not reached for some hosts, which may have REQUIRETLS", error_host_retry)); // until then
    if (request_.tls_wish == mail::TlsWish::required && hosts.lookup_deferred())
        trouble_for_all(our_trouble("host lookup did not complete for some hosts, which may have REQUIRETLS", error_dns));
    RouterQuestions questions{workshop_.router, workshop_.parameters, until_, request_.instruction, request_.id, request_.sender};
    options_ = &settings.options;
    questions_ = &questions;
    const auto lists = questions.host_lists();
    if (!request_.events.empty() && !turned_)
        event_ = [&](std::string_view name, std::string_view data, std::vector<router::Option> facts) {
            return questions.event(event_question(), name, data, std::move(facts));
        };
    const Conditions conditions{.parameters = workshop_.parameters,
                                .options = settings.options,
                                .protocol = *settings.protocol,
                                .lists = lists,
                                .contexts = workshop_.contexts,
                                .message_id = request_.id,
                                .until = until_,
                                .login = [&](router::Login question) { return questions.log_in(std::move(question)); },
                                .option = [&](std::string_view name, std::vector<router::Option> facts) {
                                    return questions.option(name, std::move(facts));
                                },
                                .tlsa = [&](const std::string& name, std::uint16_t port) { return questions.tlsa(name, port); },
                                .recall_hello = [&](const std::string& key) { return questions.recall_hello(key); },
                                .keep_hello = [&](const std::string& key, const std::string& all) { questions.keep_hello(key, all); },
                                .tls_wish = wish_for_hosts(request_, *settings.protocol),
                                .event = event_,
                                .closed = event_ ? [this](std::vector<router::Option> facts) { note_closed(std::move(facts)); }
                                                 : std::function<void(std::vector<router::Option>)>{}};
    if (turned_)
        return visit_turned(conditions);
    while (!pending_.empty() && !until_.expired()) {
        const bool is_last = !hosts.has_more();
        const auto host = hosts.next();
        if (!host && hosts.was_cut_off() && request_.tls_wish == mail::TlsWish::required)
            trouble_for_all(our_trouble("hosts_max_try_hardlimit left out hosts that may have REQUIRETLS", error_host_retry));
        if (!host && is_last)
            return;
        for (auto& line : std::exchange(due_with_next_, {}))
            reply_.host_failures.push_back(std::move(line));
        if (!host)
            return;
        key_ = warm_key(*host, request_.instruction, settings.options, request_.sender, workshop_.parameters.logins_vary);
        if (conditions.tls_wish != mail::TlsWish::usual) // another connection than other messages have
            key_ += "\n" + std::string(mail::word_of(conditions.tls_wish));
        visit(conditions, *host);
        if (std::exchange(unfit_for_tls_, false))
            hosts.do_not_count();
    }
}

// --- one host ---

void DeliveryRun::visit(const Conditions& conditions, const HostAddress& host)
{
    if (!workshop_.connections.enter(until_))
        return trouble_for_all(our_trouble("no connection was free in time (connections_max)"));
    const InGate inside{workshop_.connections};
    for (auto& one : pending_)
        one.tried_here = false;
    // After a warm session that was dead a fresh one is made, and after one that has carried all that it may.
    // And one that waits for each answer, after one whose host did not say what it had said before.
    Conditions patient = conditions;
    patient.pipes_early = false;
    for (bool fresh = false;; fresh = true) {
        const auto before = transactions_;
        bool warm = false;
        auto session = session_for(to_be_repeated_ ? patient : conditions, host, fresh, warm);
        const bool was_patient = std::exchange(to_be_repeated_, false);
        if (!session)
            return;
        if (auto fetched = fetch(conditions.options); !fetched) {
            put_away(std::move(session), true);
            return trouble_for_all(our_trouble(fetched.error().text));
        }
        if (content_->has_long_line()) {
            put_away(std::move(session), true);
            auto trouble = our_trouble("message has lines too long for transport");
            trouble.permanent = true;
            return trouble_for_all(trouble);
        }
        if (deliver_over(conditions, std::move(session), warm))
            return;
        if (fresh && transactions_ == before && (was_patient || !to_be_repeated_))
            return;
    }
}

std::unique_ptr<ClientSession> DeliveryRun::session_for(const Conditions& conditions, const HostAddress& host, bool fresh,
                                                        bool& warm)
{
    if (!fresh)
        if (auto session = workshop_.warm.take(key_)) {
            warm = true;
            return session;
        }
    if (request_.is_counted)
        if (auto other = workshop_.warm.take_other(key_))
            other->quit(std::chrono::seconds{workshop_.parameters.quit_timeout});
    auto opened = ClientSession::open(conditions, host);
    if (!opened.session) {
        unfit_for_tls_ = is_want_of_tls(opened.trouble);
        note_host(host, opened.trouble);
        trouble_for_all(opened.trouble, &host);
    }
    return std::move(opened.session);
}

Status DeliveryRun::fetch(const SmtpOptions& options)
{
    if (content_)
        return {};
    auto fetched = TRY(brought_ ? Result<spoold::Fetched>{brought_->message()} : message_of_spool());
    content_ = TRY(MessageContent::make(std::move(fetched), request_.instruction, options.message_linelength_limit));
    complete(*content_, options);
    return options.transport_filter.empty() ? sign(*content_, options) : Status{};
}

Result<spoold::Fetched> DeliveryRun::message_of_spool()
{
    const auto until = until_.sooner(event::Deadline::in(std::chrono::seconds{workshop_.parameters.spool_timeout}));
    spool_ = TRY(workshop_.spoold.pick(until));
    auto fetched = spool_->call(spoold::Fetch{.id = request_.id, .ticket = request_.ticket}, until);
    if (!fetched)
        return temporary("the message could not be read from the spool: " + fetched.error().text);
    return fetched;
}

// What copies of local transports have more often: three headers in front, or only a part of the message.
void DeliveryRun::complete(MessageContent& content, const SmtpOptions& options) const
{
    std::string front;
    if (options.return_path_add)
        front += "Return-path: <" + request_.sender + ">\r\n";
    if (options.envelope_to_add) {
        std::string all;
        for (const auto& target : request_.targets)
            all += (all.empty() ? "" : ",\r\n ") + target.original;
        front += "Envelope-to: " + all + "\r\n";
    }
    if (options.delivery_date_add)
        front += "Delivery-date: " + mail::format_date(workshop_.clock.seconds()) + "\r\n";
    content.put_in_front(front);
    if (options.body_only)
        content.drop_headers();
    if (options.headers_only)
        content.drop_body();
}

Status DeliveryRun::sign(MessageContent& content, const SmtpOptions& options) const
{
    std::vector<sign::DkimRequest> wanted;
    for (const auto& text : options.dkim_signatures)
        wanted.push_back(sign::DkimRequest::parse(text));
    if (!wanted.empty())
        TRY(sign_message(content, wanted, workshop_.parameters.dkim_keys, workshop_.dkim, workshop_.clock.seconds(), request_.id));
    return {};
}

namespace {

// As Exim's log says it of a filter that did not end well.
Status judge(const launcher::ProgramReply& ran, const std::string& transport)
{
    if (ran.timed_out)
        return temporary("transport filter timeout while writing to pipe", Cause::timeout);
    if (!ran.started)
        return temporary("transport filter process failed (127): unable to execute command");
    if (ran.signalled)
        return temporary("transport filter process of " + transport + " transport was ended by signal " + std::to_string(ran.code));
    if (ran.code != 0)
        return temporary("transport filter process failed (" + std::to_string(ran.code) + ")");
    if (ran.too_much)
        return temporary("transport filter process of " + transport + " transport made too large a message");
    return {};
}

}

// The command runs for each transaction, for it may look at the host and the addresses; signatures are of what it made.
Result<const MessageContent*> DeliveryRun::filter(const ClientSession& session, const std::vector<Addressee>& addressees)
{
    if (!workshop_.launcher)
        return temporary("no filter can be run here");
    auto message = TRY(content_->as_file());
    launcher::FilterQuestion question{.transport = request_.instruction.transport,
                                      .words = options_->transport_filter,
                                      .addresses = {},
                                      .timeout = static_cast<std::uint32_t>(options_->transport_filter_timeout.count() / 1000),
                                      .message = ipc::Fd{std::move(message)}};
    for (std::size_t at = 0; at < question.words.size(); ++at)
        if (question.words[at] == router::late_mark)
            question.words[at] = TRY(questions_->filter_word(at, session.facts(), std::string(content_->headers())));
    for (const auto& addressee : addressees)
        question.addresses.push_back(addressee.address);
    filtered_.reset();
    if (question.words[0].empty()) { // no filter this time
        filtered_ = *content_;
    } else {
        const auto patience = question.timeout ? std::chrono::seconds{question.timeout} + std::chrono::seconds{30} : std::chrono::hours{24};
        TRY(judge(TRY(workshop_.launcher->call(question, until_.sooner(event::Deadline::in(patience)))), question.transport));
        filtered_ = TRY(MessageContent::read(question.message.take()));
    }
    TRY(sign(*filtered_, *options_));
    return &*filtered_;
}

Letter DeliveryRun::letter() const
{
    return {.content = *content_,
            .sender = request_.sender,
            .size = request_.size,
            .body = request_.body,
            .smtputf8 = request_.smtputf8,
            .dsn_return = request_.dsn_return,
            .dsn_envid = request_.dsn_envid,
            .authenticated_sender = request_.authenticated_sender,
            .dsn_lasthop = request_.instruction.dsn_lasthop,
            .filter = {},
            .is_signed = !options_->dkim_signatures.empty(),
            .requires_tls = request_.tls_wish == mail::TlsWish::required,
            .all_or_none = brought_ != nullptr};
}

namespace {

// Headers have no such form: with octets above 127 in them the message needs SMTPUTF8 all the same, unless it was asked
// that it goes without (manual chapter 60: it is the envelope that is converted).
void put_in_ascii(Letter& letter, bool is_asked)
{
    letter.sender = mail::in_ascii_form(letter.sender);
    const bool is_needed = (!is_asked && letter.content.has_eight_bit_headers()) || !mail::is_ascii(letter.sender);
    letter.smtputf8 = letter.smtputf8 && is_needed;
}

}

std::vector<Addressee> DeliveryRun::next_batch(const ClientSession& session) const
{
    std::size_t wanted = most_recipients;
    for (const std::size_t bound : {request_.instruction.max_rcpt, session.offered().limit_rcpt})
        wanted = bound > 0 ? std::min(wanted, bound) : wanted;
    const auto most = brought_ ? pending_.size() : wanted; // one transaction, whatever it is
    std::vector<Addressee> batch;
    for (const auto& one : pending_) {
        if (one.tried_here)
            continue;
        if (batch.size() == most)
            break;
        const auto& target = request_.targets[one.target];
        batch.push_back({.address = target.address, .notify = target.notify, .orcpt = target.orcpt, .target = one.target});
    }
    return batch;
}

// Exim delivers at once what comes as one of the first messages of a connection, and puts the rest off to a queue run; and a
// host may say itself how many it takes (RFC 9422).
std::uint32_t DeliveryRun::most_messages(const ClientSession& session) const
{
    if (turned_)
        return 0;
    auto most = request_.instruction.connection_max_messages;
    const auto of_exim = session.greeted_as_exim() ? workshop_.parameters.exim_connection_messages : 0;
    for (const auto bound : {of_exim, session.offered().limit_mail})
        if (bound > 0)
            most = most == 0 ? bound : std::min(most, bound);
    return most;
}

// False when another session may do better: no message has gone out over this one, or as many as may.
bool DeliveryRun::deliver_over(const Conditions& conditions, std::unique_ptr<ClientSession> session, bool warm)
{
    auto message = letter();
    const bool in_ascii = conditions.options.downconverts(session->offered().smtputf8);
    if (in_ascii)
        put_in_ascii(message, conditions.options.downconvert_is_asked);
    const auto limit = most_messages(*session);
    bool usable = true, politely = false;
    for (auto batch = next_batch(*session); !batch.empty() && usable; batch = next_batch(*session)) {
        if (in_ascii)
            for (auto& addressee : batch)
                addressee.address = mail::in_ascii_form(addressee.address);
        const bool reused = session->messages > 0;
        if (limit > 0 && session->messages >= limit)
            return put_away(std::move(session), false), false;
        if (!conditions.options.transport_filter.empty())
            message.filter = [this, &session](const std::vector<Addressee>& all) { return filter(*session, all); };
        const auto result = Transaction{*session, conditions, message, [this](auto targets) { return finishing(targets); }}.run(batch);
        if (result.to_be_repeated) {
            to_be_repeated_ = true;
            if (event_)
                note_closed(session->facts());
            return false;
        }
        // A warm connection that was dead, or that the host ends now: another one is made, and nobody is at fault.
        if (warm && !result.session_usable && (result.turned_away || (!result.answered && !result.message_sent)))
            return false;
        warm = false;
        ++transactions_;
        note_connection(*session);
        usable = result.session_usable;
        politely = result.leaves_politely;
        std::vector<std::size_t> delivered;
        for (std::size_t index = 0; index < batch.size(); ++index) {
            if (usable && result.has_room_next_time(index))
                continue;
            take(batch[index], result.fortunes[index], result, *session, reused);
            if (result.fortunes[index].what == Fortune::What::delivered)
                delivered.push_back(batch[index].target);
        }
        if (!delivered.empty() && !brought_)
            record(std::move(delivered));
    }
    if (!usable && !politely && event_)
        note_closed(session->facts());
    const bool may_go_on = usable && (limit == 0 || session->messages < limit);
    if (usable || politely)
        put_away(std::move(session), may_go_on);
    return true;
}

// The event of the last one travels with the outcomes, for its place in the log is before theirs.
void DeliveryRun::note_closed(std::vector<router::Option> facts)
{
    facts.push_back({"event_name", "tcp:close"});
    for (auto& fact : event_question().facts)
        facts.push_back(std::move(fact));
    std::swap(facts, reply_.closed);
    if (!facts.empty())
        (void)event_("tcp:close", {}, std::move(facts));
}

// What msg:delivery, which whoever writes the log raises, may be asked about it.
void DeliveryRun::note_connection(const ClientSession& session)
{
    if (!event_ || !session.tls())
        return;
    auto facts = session.facts();
    std::erase_if(facts, [](const router::Option& fact) { return !fact.name.starts_with("tls_out_"); });
    const auto is_same = [](const router::Option& a, const router::Option& b) { return a.name == b.name && a.value == b.value; };
    if (reply_.connections.empty() || !std::ranges::equal(reply_.connections.back().facts, facts, is_same))
        reply_.connections.push_back({transactions_, std::move(facts)});
}

// Facts that all events share.
router::ExpandOption DeliveryRun::event_question() const
{
    auto question = request_.events.front();
    question.facts = {{"local_part", request_.instruction.local_part},
                      {"domain", request_.instruction.domain},
                      {"router_name", request_.instruction.router}};
    return question;
}

void DeliveryRun::put_away(std::unique_ptr<ClientSession> session, bool keep)
{
    if (turned_ && keep) {
        turned_->session = std::move(session);
        return;
    }
    if (event_) { // one whose end is told ends with its delivery
        session->quit(std::chrono::seconds{workshop_.parameters.quit_timeout});
        return note_closed(session->facts());
    }
    const bool is_over = workshop_.parameters.one_shot && session->needs_reset;
    if (keep && !is_over && !session->is_early() && session->may_be_kept())
        session = workshop_.warm.keep(key_, std::move(session));
    if (session && request_.is_counted)
        session->quit(std::chrono::seconds{workshop_.parameters.quit_timeout});
    else if (session)
        say_goodbye(std::move(session), std::chrono::seconds{workshop_.parameters.quit_timeout});
}

// --- what became of them ---

void DeliveryRun::forget(std::size_t target)
{
    std::erase_if(pending_, [&](const Pending& one) { return one.target == target; });
}

void DeliveryRun::take(const Addressee& addressee, const Fortune& fortune, const TransactionResult& result,
                       const ClientSession& session, bool reused)
{
    auto& outcome = reply_.outcomes[addressee.target];
    auto& one = *std::ranges::find(pending_, addressee.target, &Pending::target);
    one.tried_here = true;
    describe(outcome, session);
    outcome.in_ascii = options_->downconverts(session.offered().smtputf8);
    outcome.connection_reused = reused;
    outcome.transaction = transactions_;
    outcome.pipelining = result.pipelining;
    outcome.chunking = result.chunking;
    outcome.prdr = result.prdr && fortune.what == Fortune::What::delivered;
    outcome.requiretls = fortune.what == Fortune::What::delivered && request_.tls_wish == mail::TlsWish::required &&
                         session.offered().requiretls;
    switch (fortune.what) {
    case Fortune::What::delivered:
        describe(outcome, session.host());
        outcome.fate = delivery::Fate::delivered;
        outcome.text = fortune.confirmation;
        outcome.smtp_code = fortune.smtp_code;
        outcome.dsn_relayed = fortune.dsn_relayed;
        outcome.delivered_octets = content_->size();
        return forget(addressee.target);
    case Fortune::What::failed:
        if (fortune.trouble.fault == Fault::host)
            break; // another host may think otherwise
        describe(outcome, fortune.trouble);
        describe(outcome, session.host());
        outcome.fate = delivery::Fate::failed;
        return forget(addressee.target);
    case Fortune::What::deferred:
        break;
    }
    trouble_for(one, fortune.trouble, &session.host(), fortune.is_culprit);
    note_host(session.host(), fortune.trouble);
}

// The trouble that counts in the end is the last one, but no refusal for good after a host that may take it later.
void DeliveryRun::trouble_for(Pending& one, const Trouble& trouble, const HostAddress* host, bool is_culprit)
{
    one.tried_here = true;
    if (trouble.permanent && one.temporary_seen)
        return;
    one.temporary_seen = one.temporary_seen || !trouble.permanent;
    one.last = trouble;
    one.is_culprit = is_culprit;
    const bool is_login = trouble.error_number == error_auth_failed || trouble.error_number == error_auth_problem;
    if (is_login) // may be ours or the host's: none is named
        one.host.reset();
    else if (host && trouble.connected && trouble.fault != Fault::ours) // else the one that was spoken to before stays, as in Exim
        one.host = *host;
}

void DeliveryRun::trouble_for_all(const Trouble& trouble, const HostAddress* host)
{
    for (auto& one : pending_)
        trouble_for(one, trouble, host, true);
}

// The host's own line of the log, and its retry hint. A recipient's error gets one only when another host is tried.
void DeliveryRun::note_host(const HostAddress& host, const Trouble& trouble)
{
    if (trouble.fault == Fault::ours || turned_) // who comes to us has no retry time
        return;
    delivery::HostFailure failure{.name = host.host_name,
                                  .address = host.address.text(),
                                  .port = host.port,
                                  .error_name = trouble.error_name,
                                  .text = trouble.host_text(),
                                  .error_number = trouble.error_number,
                                  .message_error = trouble.fault == Fault::message,
                                  .connected = trouble.connected};
    const auto same = [&](const delivery::HostFailure& other) {
        return other.address == failure.address && other.port == failure.port && other.text == failure.text;
    };
    auto& list = trouble.fault == Fault::recipient ? due_with_next_ : reply_.host_failures;
    if (std::ranges::none_of(list, same))
        list.push_back(std::move(failure));
}

void DeliveryRun::close_pending()
{
    const auto none_tried = our_trouble(until_.expired() ? "the delivery took longer than it may" : "no host could be tried");
    for (const auto& one : pending_) {
        auto& outcome = reply_.outcomes[one.target];
        const auto& trouble = one.last ? *one.last : none_tried;
        describe(outcome, trouble);
        outcome.fate = trouble.permanent ? delivery::Fate::failed : delivery::Fate::deferred;
        outcome.is_setup = turned_ && !trouble.permanent && trouble.fault != Fault::recipient;
        if (one.host && one.is_culprit)
            describe(outcome, *one.host);
    }
    pending_.clear();
}

}
