#include "smtpd/session.h"

#include "common/base/text.h"
#include "common/mail/date.h"
#include "common/tls/stream.h"
#include "router/switches_protocol.h"
#include "smtpd/intake.h"
#include "smtpd/traffic_class.h"

namespace gp::smtpd {
namespace {

constexpr std::size_t most_history = Trace::most_commands + 1; // one more than is shown: that there were more is told
constexpr std::size_t most_drained = 64 * 1024; // of what a refused client still says
constexpr Duration drain_time{500};
constexpr std::size_t most_asked = 2 * 1024 * 1024; // octets of recipients in one question

}

Session::Session(event::Stream& stream, Client client, Reception& reception)
    : stream_(stream), reception_(reception), parameters_(reception.parameters), origin_(std::move(client.origin)),
      connected_from_(origin_.host_address), local_lines_(client.program || client.local_lines), is_rehearsal_(client.rehearsal),
      program_(std::move(client.program)), tls_on_connect_(client.tls_on_connect),
      needs_login_(client.needs_login), is_lmtp_(client.lmtp), trace_(parameters_, origin_, {client.tls_on_connect}), policy_(reception), milters_(reception, origin_),
      dialogue_(stream, std::chrono::seconds(parameters_.smtp_send_timeout)),
      patience_(parameters_.smtp_max_synprot_errors, parameters_.smtp_max_unknown_commands,
                parameters_.smtp_accept_max_nonmail)
{
    origin_.protocol = origin_.host_address.empty() ? "local-smtp" : "smtp"; // until HELO says more
    if (parameters_.raises_events)
        trace_.tell([this](std::string_view event, std::string_view data) { raise(event, data); });
}

Session::~Session() = default;

void Session::run()
{
    if (open())
        while (ending_ == Ending::none && read_command())
            ;
    close();
}

// --- the beginning ---

bool Session::open()
{
    if (!parameters_.hosts_connection_nolog_is_set) // else router knows
        trace_.connected(reception_.connections.count());
    if (!meet_proxy())
        return false;
    if (tls_on_connect_ && proxy_failed_) // whoever it is, it would not understand us
        end(Ending::refused);
    if (tls_on_connect_ && (proxy_failed_ || !start_tls_on_connect()))
        return false;
    return greet();
}

bool Session::start_tls_on_connect()
{
    const auto done = reception_.tls ? shake_hands() : Status{misconfigured("no certificate")};
    if (done)
        return true;
    raise("tls:fail:connect", done.error().text);
    trace_.tls_failed(done.error().text);
    end(Ending::refused);
    return false;
}

const std::string& Session::our_name() const
{
    return !greeting_ || greeting_->active_hostname.empty() ? parameters_.primary_hostname : greeting_->active_hostname;
}

// --- commands ---

event::Deadline Session::input_deadline() const
{
    const auto whole = event::Deadline::at(started_ + std::chrono::seconds(parameters_.session_max));
    const bool is_delivering = program_ && program_->waits_for_delivery && phase_ != Phase::chunk && messages_accepted_ > 0 && !transaction_.has_sender();
    const auto patience = program_ ? program_->receive_timeout : parameters_.smtp_receive_timeout;
    if (patience == 0 || is_delivering)
        return whole;
    return event::Deadline::in(std::chrono::seconds(patience)).sooner(whole);
}

bool Session::read_command()
{
    auto line = dialogue_.read_line(parameters_.smtp_command_max, input_deadline());
    if (!line && line.error().cause == Cause::timeout) {
        trace_.command_timeout(tls_ != nullptr);
        end(Ending::timed_out);
        dialogue_.say({421, "4.4.2", parting_words(our_name() + ": SMTP command timeout - closing connection")});
        return false;
    }
    if (!line || line->eof) {
        if (tls_ && !tls_->closed_cleanly())
            trace_.tls_failed("(recv): The TLS connection was non-properly terminated.");
        end(Ending::lost);
        if (line)
            dialogue_.say({421, "4.4.2", parting_words(our_name() + " lost input connection")});
        return false;
    }
    if (check_line(*line))
        execute(line->text);
    return ending_ == Ending::none;
}

// A line that is too long, or that ends in a bare LF, is no command. Where one program reads a line end and
// another does not, a message can be smuggled; so the session ends (RFC 5321 section 2.3.8).
bool Session::check_line(const event::Line& line)
{
    if (line.end == event::LineEnd::lf && refuses_bare_line_ends()) {
        trace_.protocol_error(line.text, "line ends in a bare LF");
        dialogue_.say({521, "5.5.2", "line ends in a bare LF; CR LF is required - closing connection"});
        end(Ending::refused);
        return false;
    }
    if (!line.too_long)
        return true;
    command_ = line.text.substr(0, 100);
    dialogue_.say(syntax_error(500, "5.5.6", "line too long", "line too long")); // RFC 5321 section 4.5.3.1.9
    return false;
}

void Session::execute(std::string_view line)
{
    command_ = line;
    const auto messages = messages_accepted_;
    const auto reply = dispatch(line);
    if (reply.code != 0)
        dialogue_.say(reply);
    if (is_rehearsal_ && messages_accepted_ != messages) // whatever the reply was (manual 5.3, -bh)
        dialogue_.remark("\n**** SMTP testing: that is not a real message id!\n\n");
    command_ = std::string{};
}

smtp::Reply Session::dispatch(std::string_view line)
{
    const auto parsed = smtp::parse_command(line);
    if (!parsed)
        return syntax_error(501, "5.5.2", parsed.error().text, parsed.error().text);
    const auto* command = parsed->malformed ? nullptr : known_command(parsed->verb);
    if (proxy_failed_ && !(command && command->run == &Session::quit))
        return count_error({503, "5.5.0", "Command refused, required Proxy negotiation failed"});
    if (!waits_its_turn(command))
        return {554, "5.5.0", parting_words("SMTP synchronization error")};
    if (!command)
        return unknown_command();
    if (!bears_nonmail(*command)) {
        trace_.too_many_nonmail(parsed->verb);
        end(Ending::bad_commands);
        return {554, "5.5.0", parting_words("Too many nonmail commands")};
    }
    pipelined_ = pipelined_ || (offered_.pipelining && command->pipelining == Command::may_follow && dialogue_.has_buffered());
    in_hand_ = command;
    auto reply = run_command(*command, parsed->argument);
    in_hand_ = nullptr;
    last_verb_ = command->verb;
    if (ending_ == Ending::out_of_sync)
        return {554, "5.5.0", parting_words("SMTP synchronization error")};
    return reply;
}

// RFC 2033 section 4.1: who speaks LMTP says LHLO, and who does not, does not.
const Command* Session::known_command(std::string_view verb) const
{
    const auto* command = find_command(verb);
    if (!command)
        return nullptr;
    const bool is_of_lmtp = command->run == &Session::lhlo;
    const bool is_of_smtp = command->run == &Session::ehlo || command->run == &Session::helo;
    return (is_lmtp_ ? is_of_smtp : is_of_lmtp) ? nullptr : command;
}

smtp::Reply Session::unknown_command()
{
    if (const auto judged = milters_.unknown(command_); !judged.is_accepted() && patience_.bears_unknown()) {
        obey(judged);
        trace_.syntax_error(command_, judged.log_text);
        return count_error(judged.reply);
    }
    trace_.syntax_error(command_, "unrecognized command");
    if (patience_.bears_unknown())
        return count_error({500, "5.5.2", "unrecognized command"});
    end(Ending::bad_commands);
    auto words = parting_words("Too many unrecognized commands");
    trace_.too_many_unknown(command_);
    return {500, "5.5.2", std::move(words)};
}

smtp::Reply Session::run_command(const Command& command, std::string_view argument)
{
    if (command.arguments == Command::takes_none && !argument.empty())
        return syntax_error(501, "5.5.4", "unexpected argument data", "unexpected argument data");
    note_command(command.verb);
    if (!command.allowed_in.has(phase_)) {
        if (phase_ == Phase::chunk)
            return protocol_error(std::exchange(chunks_are_broken_, true) ? "only RSET accepted now"
                                                                          : "only BDAT permissible after non-LAST BDAT");
        if (command.run == &Session::rcpt) // DATA repeats why there is no recipient
            transaction_.refuse("503 " + std::string(command.out_of_phase), false);
        // A client that pipelines sends RCPT before it knows that MAIL was refused: RFC 2920 section 3.1.
        const bool follows_refused_mail = mail_refused_ && (last_verb_ == "MAIL" || last_verb_ == "RCPT");
        const bool is_expected = command.run == &Session::rcpt && offered_.pipelining && follows_refused_mail;
        return is_expected ? expected_error(std::string(command.out_of_phase))
                           : protocol_error(std::string(command.out_of_phase));
    }
    return (this->*command.run)(argument);
}

bool Session::may_be_followed(const Command* command) const
{
    if (!command)
        return false;
    const bool is_hello = command->run == &Session::ehlo || command->run == &Session::helo || command->run == &Session::lhlo;
    if (phase_ == Phase::fresh && is_hello && is_on(router::pipe_connect))
        return true; // PIPECONNECT
    return command->pipelining == Command::any ||
           (command->pipelining == Command::may_follow && offered_.pipelining);
}

// RFC 2920 section 3.1: behind the last command of a group the client waits. What was said already is then
// either a client that does not listen, or the second half of a smuggled dialogue.
bool Session::waits_its_turn(const Command* command)
{
    const bool usually = parameters_.smtp_enforce_sync && !greeting_->may_talk_early && !is_on("no_enforce_sync");
    if (program_ || is_rehearsal_ || may_be_followed(command) || !(usually || is_on("enforce_sync")))
        return true;
    const auto early = dialogue_.said_too_early();
    if (early.empty())
        return true;
    abandon_transaction("sync failure");
    trace_.spoke_too_soon(command_, early, offered_.pipelining);
    end(Ending::out_of_sync);
    return false;
}

bool Session::bears_nonmail(const Command& command)
{
    using Free = Patience::Free;
    switch (command.counts) {
    case Command::brings_mail:
        return true;
    case Command::free_hello:
        return patience_.bears_nonmail(Free::hello);
    case Command::free_rset:
        return patience_.bears_nonmail(Free::rset);
    case Command::free_starttls:
        return patience_.bears_nonmail(Free::starttls);
    case Command::free_auth:
        return patience_.bears_nonmail(Free::auth);
    case Command::nonmail:
        return patience_.bears_nonmail(Free::none);
    }
    return true;
}

void Session::note_command(std::string_view verb)
{
    if (history_.size() >= most_history)
        history_.erase(history_.begin());
    history_.push_back(verb);
}

// --- errors of the client ---

smtp::Reply Session::syntax_error(unsigned code, std::string enhanced, std::string text, std::string_view logged)
{
    trace_.syntax_error(command_, logged);
    return count_error({code, std::move(enhanced), std::move(text)});
}

smtp::Reply Session::protocol_error(std::string text, unsigned code)
{
    trace_.protocol_error(command_, text);
    return count_error({code, code == 503 ? "5.5.1" : "5.5.4", std::move(text)});
}

smtp::Reply Session::expected_error(std::string text)
{
    return {503, "5.5.1", std::move(text)};
}

smtp::Reply Session::count_error(smtp::Reply reply)
{
    if (!bears_error())
        reply.text += "\nToo many syntax or protocol errors";
    return reply;
}

bool Session::bears_error()
{
    if (patience_.bears_error())
        return true;
    trace_.too_many_errors(command_, history_);
    end(Ending::too_many_errors);
    return false;
}

// --- policy ---

router::Ask Session::question(router::Phase phase, std::string argument)
{
    router::Ask ask;
    ask.phase = phase;
    ask.origin = origin_;
    ask.sender = transaction_.sender();
    ask.sender_given = transaction_.has_sender();
    ask.recipients_count = static_cast<std::uint32_t>(transaction_.recipients().size());
    ask.recipients_refused = transaction_.refused();
    ask.recipients_deferred = transaction_.deferred();
    ask.argument = std::move(argument);
    ask.command = trim_right(command_);
    for (const auto verb : std::span(history_).last(std::min(history_.size(), Trace::most_commands)))
        ask.command_history += (ask.command_history.empty() ? "" : ",") + std::string(verb);
    ask.size = transaction_.parameters().size.value_or(0);
    if (transaction_.parameters().body_given)
        ask.body = transaction_.parameters().body == mail::BodyType::eight_bit_mime ? "8BITMIME" : "7BIT";
    std::erase(state_.switches, router::message_requires_tls); // another one did
    if (transaction_.parameters().requiretls)
        state_.switches.emplace_back(router::message_requires_tls);
    ask.state = state_;
    ask.prdr_requested = transaction_.parameters().prdr;
    if (phase == router::Phase::rcpt)
        ask.cut = transaction_.cut();
    // The whole list with every RCPT would make a message of many recipients cost their square.
    std::size_t octets = 0;
    if (phase == router::Phase::predata)
        for (const auto& recipient : transaction_.recipients()) {
            octets += recipient.address.size() + 8;
            if (octets > most_asked)
                break;
            ask.recipients.push_back(recipient.address);
        }
    return ask;
}

Decision Session::judge(router::Phase phase, std::string argument, router::Verdict otherwise, bool in_any_case)
{
    router::Ask ask;
    ask.phase = phase;
    if (in_any_case || reception_.has_phase(phase)) {
        // Who is gone is noticed when input is read.
        (void)(makes_wait(phase) ? dialogue_.flush() : dialogue_.flush_what_waits_long());
        ask = question(phase, std::move(argument));
    } else {
        ask.state = std::move(state_);
    }
    auto decision = policy_.judge(ask, otherwise, in_any_case);
    state_ = std::move(ask.state);
    if (!transaction_.has_sender() && phase != router::Phase::mailauth)
        queue_of_session_ = state_.queue;
    mark_traffic_as_told(state_.switches, stream_.fd());
    if (!decision.host_name.empty() || decision.host_lookup_failed) {
        origin_.host_name = decision.host_name;
        origin_.host_lookup_failed = decision.host_lookup_failed;
    }
    obey(decision);
    return decision;
}

// A client that sent a group of commands may wait for each answer by itself, while its recipients are asked for at other
// hosts (manual 44.47).
bool Session::makes_wait(router::Phase phase) const
{
    using enum router::Phase;
    const bool may_call = phase == mail || phase == rcpt || phase == predata || phase == vrfy;
    return may_call && parameters_.makes_callouts && !is_on("no_callout_flush");
}

bool Session::is_on(std::string_view control) const
{
    return std::ranges::find(state_.switches, control) != state_.switches.end();
}

void Session::obey(const Decision& decision)
{
    if (decision.delay_ms > 0 && (is_on("no_delay_flush") || dialogue_.flush()))
        wait_for(Duration{decision.delay_ms}, "delay modifier");
    if (decision.delay_ms > 0 && in_hand_ && !waits_its_turn(in_hand_)) // it did not wait for its answer
        return;
    if (decision.ends_session())
        end(Ending::dropped);
}

std::optional<smtp::Reply> Session::refusal(const Decision& decision, std::string_view what)
{
    if (decision.is_accepted())
        return std::nullopt;
    const Trace::Targets targets{trace_, decision.log_targets};
    trace_.first_line(decision.first_log_text);
    trace_.rejected(what, decision.is_temporary(), decision.log_text);
    return in_few_lines(decision.reply, decision.reply_line);
}

void Session::wait_for(Duration time, std::string_view who_asks) const
{
    if (!is_rehearsal_)
        return event::sleep_for(time);
    trace_.skipped_wait(time, who_asks);
}

// control = no_multiline_responses: for clients that do not understand refusals of several lines (manual 44.22). What else
// has several is left as it is, or they would not hear what is offered.
smtp::Reply Session::in_few_lines(smtp::Reply refusal, std::string_view line) const
{
    if (is_on("no_multiline_responses"))
        refusal.text = line.empty() ? refusal.text.substr(0, refusal.text.find('\n')) : std::string(line);
    return refusal;
}

// smtp_ratelimit_mail and smtp_ratelimit_rcpt (manual 14.23): `count` is the command's number, from 1.
void Session::slow_down(const SlowDown& rule, std::uint32_t count)
{
    if (rule.first_us == 0 || count <= rule.threshold || !greeting_->is_rate_limited)
        return;
    double pause = static_cast<double>(rule.first_us);
    const double factor = static_cast<double>(rule.factor_millionths) / 1e6, most = static_cast<double>(rule.most_us);
    for (auto n = rule.threshold + 1; n < count && pause < most && factor > 1; ++n)
        pause *= factor;
    if (dialogue_.flush())
        wait_for(Duration{static_cast<std::int64_t>(std::min(pause, most) / 1000)}, "smtp_ratelimit");
}

bool Session::refuses_bare_line_ends() const
{
    return !local_lines_ && parameters_.bare_newline == Parameters::BareNewline::reject;
}

smtp::BareLineEnd Session::bare_line_ends() const
{
    if (local_lines_)
        return smtp::BareLineEnd::end_line;
    return refuses_bare_line_ends() ? smtp::BareLineEnd::keep : smtp::BareLineEnd::normalize;
}

// --- transactions ---

void Session::reset_transaction()
{
    transaction_.reset();
    milters_.abort();
    mail_refused_ = false;
    own_sender_.reset();
    forwarded_ = {}; // nothing of one message is told of the next
    intake_.reset();
    chunk_octets_ = 0;
    chunks_are_broken_ = false;
    forget_message_state();
    if (phase_ != Phase::fresh)
        phase_ = Phase::greeted;
}

void Session::abandon_transaction(std::string_view how)
{
    if (transaction_.has_sender())
        trace_.incomplete(how, transaction_.sender(), transaction_.recipients());
    reset_transaction();
}

// What belongs to the message goes with it; what belongs to the connection stays (manual chapter 44.19).
void Session::forget_message_state()
{
    std::erase_if(state_.variables, [](const mail::Variable& variable) {
        return !variable.name.starts_with('c') && !variable.name.starts_with("tls_in_") && variable.name != mail::active_hostname;
    });
    std::erase_if(state_.rates, [](const mail::RateSeen& seen) { return !seen.of_connection; });
    state_.header_edits.clear();
    state_.controls.clear();
    state_.message_size_limit = 0;
    state_.address_data.clear();
    state_.sender_address_data.clear();
    state_.sender_verified = 0;
    state_.warned.clear();
    state_.queue = queue_of_session_;
    origin_.authenticated_sender.clear(); // AUTH= goes with its message
}

// --- the end ---

std::string Session::duration() const
{
    return format_log_duration(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - started_),
                               parameters_.log_millisec);
}

std::string Session::ask_at_end(router::Phase phase)
{
    if (!reception_.has_phase(phase) || std::exchange(was_asked_at_end_, true))
        return {};
    // $smtp_notquit_reason, manual chapter 44.8; in the order of Ending.
    constexpr std::array<std::string_view, 13> reasons = {
        "",           "",              "acl-drop",     "connection-lost", "connection-lost", "command-timeout",
        "data-timeout", "tls-failed", "", "bad-commands",    "synchronization-error", "", ""};
    auto ask = question(phase, std::string(reasons[static_cast<std::size_t>(ending_)]));
    ask.message_id = dropped_id_;
    return policy_.judge(ask, router::Verdict::accept).reply.text; // the verdict changes nothing any more
}

std::string Session::parting_words(std::string usual)
{
    auto words = ask_at_end(router::Phase::notquit);
    return words.empty() ? usual : words;
}

void Session::close()
{
    const bool in_transaction = transaction_.has_sender();
    if (phase_ == Phase::chunk && intake_ && (ending_ == Ending::quit || ending_ == Ending::lost))
        trace_.lost_in_data(where_lost(*intake_));
    abandon_transaction(ending_ == Ending::quit ? "QUIT" : "connection lost");
    if (ending_ != Ending::quit && ending_ != Ending::turned && ending_ != Ending::too_many_errors && (is_greeted_ || ending_ == Ending::dropped))
        (void)ask_at_end(router::Phase::notquit); // nobody is left to hear it
    if (ending_ == Ending::quit)
        if (const auto said = dialogue_.flush(); !said && said.error().cause == Cause::closed)
            trace_.reset_after_quit(tls_ != nullptr); // a client that does not wait for its 221 loses nothing
    // The close that follows ends a clear stream just as well.
    if (tls_ || ending_ != Ending::quit)
        dialogue_.finish();
    if (ending_ == Ending::quit)
        trace_.closed("closed by QUIT");
    if (ending_ == Ending::dropped)
        trace_.closed("closed by DROP in ACL");
    if (ending_ == Ending::turned)
        trace_.closed("closed after ATRN");
    if (ending_ == Ending::lost)
        trace_.lost(in_transaction, duration());
    if (mail_commands_ == 0 && is_greeted_ && ending_ != Ending::timed_out && ending_ != Ending::data_timed_out)
        trace_.no_mail(duration(), history_);
    // A close with input unread resets the connection, and the client would not hear why (RFC 1122
    // section 4.2.2.13).
    const bool was_cut = ending_ == Ending::refused || ending_ == Ending::too_many_errors || ending_ == Ending::bad_commands || ending_ == Ending::out_of_sync;
    if (was_cut || ending_ == Ending::dropped) {
        const auto until = event::Deadline::in(drain_time);
        for (std::size_t drained = 0; drained < most_drained;) {
            const auto octets = dialogue_.read_some(most_drained, until);
            if (!octets || octets->empty())
                break;
            drained += octets->size();
        }
    }
    milters_.quit();
}

void turn_away(event::Stream& stream, const std::string& text)
{
    if (stream.write(smtp::Reply(421, text).wire(false), event::Deadline::in(drain_time)))
        stream.finish();
}

}
