// DATA, and what becomes of a message once its octets are here. RFC 5321 section 4.1.1.4.

#include <algorithm>
#include <array>

#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/notes.h"
#include "common/mail/rejected_words.h"
#include "common/smtp/dot_stream.h"
#include "smtpd/intake.h"
#include "smtpd/session.h"
#include "smtpd/waiting_clients.h"

namespace gp::smtpd {
namespace {

constexpr std::size_t block_size = 64 * 1024;

}

// Why no message may come now, when no recipient was accepted.
std::optional<smtp::Reply> Session::no_recipients(std::string_view verb)
{
    if (transaction_.has_recipients()) {
        if (transaction_.overflowed() && parameters_.recipients_max_reject)
            return smtp::Reply{554, "5.5.3", "Too many recipients"};
        return std::nullopt;
    }
    std::string text;
    const bool tried = transaction_.refused() + transaction_.deferred() > 0;
    if (!transaction_.common_refusal().empty())
        text = "All RCPT commands were rejected with this error:\n" + transaction_.common_refusal() + "\n";
    const std::string rest = "alid RCPT command must precede " + std::string(verb);
    // A client that pipelines sends DATA before it knows that every RCPT was refused.
    if (tried && (transaction_.has_sender() || mail_refused_) && offered_.pipelining && last_verb_ == "RCPT")
        return expected_error(text + "V" + rest);
    trace_.protocol_error(command_, "v" + rest);
    return count_error({503, "5.5.1", text + "v" + rest});
}

smtp::Reply Session::data(std::string_view)
{
    if (auto wrong = no_recipients("DATA"))
        return *wrong;
    const auto decision = judge(router::Phase::predata, {});
    if (auto refused = refusal(decision, "DATA"))
        return *refused;
    if (ending_ != Ending::none)
        return {};
    if (auto refused = refused_data())
        return *refused;
    dialogue_.say({decision.reply.code == 0 ? 354 : decision.reply.code,
                   decision.reply.text.empty() ? "Enter message, ending with \".\" on a line by itself"
                                               : decision.reply.text});

    Intake intake{reception_};
    intake.goes_to(milters_.cleanup(), milters_.session());
    if (ignores_from_line())
        intake.ignore_from_line();
    bool has_bare = false;
    if (!receive_dotted(intake, has_bare))
        return {};
    const auto kept = transaction_.kept();
    return told_to_each(conclude(intake, has_bare), kept);
}

// RFC 2033 section 4.2: in the order of the RCPT commands that were accepted. Where the message was refused as a whole
// after policy had taken a recipient, that recipient hears of the refusal.
smtp::Reply Session::told_to_each(smtp::Reply reply, const std::vector<bool>& kept)
{
    const auto judged = std::exchange(each_reply_, {});
    if (!is_lmtp_ || reply.code == 0 || kept.empty())
        return reply;
    std::vector<smtp::Reply> replies;
    std::size_t next = 0;
    for (const bool is_kept : kept) {
        if (!is_kept)
            replies.push_back({250, "2.1.5", "Accepted"});
        else if (next < judged.size() && (judged[next].code >= 400 || reply.code < 400))
            replies.push_back(judged[next]);
        else
            replies.push_back(reply);
        next += is_kept ? 1 : 0;
    }
    for (std::size_t i = 0; i + 1 < replies.size(); ++i)
        dialogue_.say(replies[i]);
    return replies.back();
}

// What milters say before the octets come.
std::optional<smtp::Reply> Session::refused_data()
{
    const auto judged = milters_.data();
    obey(judged);
    return refusal(judged, "DATA");
}

bool Session::ignores_from_line() const
{
    return program_ ? parameters_.ignore_fromline_local : greeting_->ignore_from_line;
}

std::string_view Session::where_lost(const Intake& intake) const
{
    if (intake.saw_headers_end())
        return {};
    return intake.ends_in_line() ? "header" : "after header";
}

// What of a message has come; an error, and the session over, when the client is late or gone.
Result<std::string_view> Session::next_block(std::size_t most, Intake& intake)
{
    auto block = dialogue_.read_some(most, input_deadline());
    if (block && !block->empty())
        return block;
    if (!block && block.error().cause == Cause::timeout) {
        trace_.data_timeout(phase_ == Phase::chunk ? intake.id() : std::string{}, transaction_.sender());
        end(Ending::data_timed_out);
        dialogue_.say({421, "4.4.2", parting_words(our_name() + " SMTP incoming data timeout - closing connection.")});
    } else {
        trace_.lost_in_data(where_lost(intake));
        end(Ending::lost_in_data);
        dialogue_.say({421, "4.4.2", parting_words("Lost incoming connection")});
    }
    transaction_.reset(); // what is logged above is all that there is to say of it
    return temporary("the client is gone", Cause::closed);
}

// The octets up to CRLF.CRLF. Those beyond the size limit are read and thrown away.
bool Session::receive_dotted(Intake& intake, bool& has_bare)
{
    smtp::DotReader reader{bare_line_ends()};
    const auto limit = size_limit();
    while (!reader.done()) {
        const auto block = next_block(block_size, intake);
        if (!block)
            return false;
        const auto taken = reader.read(*block, intake.buffer());
        dialogue_.unread(block->size() - taken);
        intake.advance();
        if (limit != 0 && intake.counted() > limit) // as conclude() counts: without a "From " line
            intake.keep_no_more();
    }
    has_bare = reader.has_bare() && refuses_bare_line_ends();
    return true;
}

// Nobody is there who could hear an answer.
smtp::Reply Session::lost_at_the_end(const Intake& intake)
{
    trace_.lost_after_data(intake.id());
    end(Ending::lost_in_data);
    transaction_.reset();
    return {};
}

smtp::Reply Session::conclude(Intake& intake, bool has_bare)
{
    // Who is gone would not hear that we have it, and would send it again. Where an ACL judges the message it does so all
    // the same, as in Exim, and cleanup asks when it has (StillThere).
    if (!program_ && !local_lines_ && !reception_.has_phase(router::Phase::data) && dialogue_.is_over()) {
        intake.give_up();
        return lost_at_the_end(intake);
    }
    const auto limit = size_limit();
    smtp::Reply reply;
    intake.advance(); // what a last chunk has completed
    if (limit != 0 && intake.counted() > limit) {
        const auto sizes = "read=" + std::to_string(intake.counted()) + " max=" + std::to_string(limit);
        reply = refuse_too_big(intake, "message too big: " + sizes);
    } else if (has_bare) {
        // RFC 5321 section 2.3.8; two readers of such a message may see two messages in it.
        reply = refuse_message(intake, {550, "5.6.0", "bare CR or LF in the message; lines must end in CR LF"},
                               "bare CR or LF in the message");
    } else {
        if (transaction_.is_discarded())
            intake.discarded_by(transaction_.discards_all() ? "MAIL" : "RCPT");
        reply = submit(intake);
    }
    end_message();
    return reply;
}

smtp::Reply Session::refuse_message(Intake& intake, smtp::Reply reply, std::string why)
{
    intake.give_up();
    trace_.unfit_message({intake.id(), transaction_.sender(), transaction_.recipients(), {}}, why);
    return reply;
}

// In the reject log its headers stand as a message's do that was taken.
smtp::Reply Session::refuse_too_big(Intake& intake, std::string why)
{
    const auto envelope = envelope_for(intake);
    const auto shown = intake.headers_of_refused(envelope, state_, local_options());
    intake.give_up();
    trace_.unfit_message({intake.id(), envelope.sender, envelope.recipients, shown.headers, shown.old_headers}, why);
    return {552, "5.3.4", "Message size exceeds maximum permitted"};
}

cleanup::LocalOptions Session::local_options() const
{
    cleanup::LocalOptions local;
    if (program_) {
        local.full_name = program_->full_name;
        local.sender_given = !own_sender_;
    }
    return local;
}

// Whoever judges a message takes time, in which a client may go away.
bool Session::asks_before_commit() const
{
    using router::Phase;
    return reception_.waiting && !program_ && !local_lines_ &&
           std::ranges::any_of(std::array{Phase::data, Phase::data_prdr, Phase::mime, Phase::dkim},
                               [&](Phase phase) { return reception_.has_phase(phase); });
}

mail::Envelope Session::envelope_for(const Intake& intake)
{
    auto envelope = transaction_.envelope();
    envelope.id = intake.id();
    envelope.received =
        std::chrono::duration_cast<std::chrono::microseconds>(reception_.clock.now().time_since_epoch()).count();
    envelope.origin = origin_;
    if (own_sender_)
        envelope.sender = *own_sender_;
    if (offered_.early_pipe)
        trace_.early_pipe(pipes_early_);
    trace_.mark(envelope);
    if (const auto words = forwarded_words(); !words.empty())
        mail::add_note(envelope, mail::note_forwarded, words);
    const auto& said = transaction_.parameters();
    if (said.body_given && said.body == mail::BodyType::seven_bit)
        mail::add_note(envelope, mail::note_body_7bit, "yes");
    envelope.queue_only = parameters_.queue_only || !why_delivery_waits().empty();
    if (program_)
        apply_command_line(envelope);
    return envelope;
}

// What a local program's command line says of delivery (manual 5.3, and queue_only_override in 14.23).
void Session::apply_command_line(mail::Envelope& envelope) const
{
    envelope.settles = program_->reference; // R= of its arrival line; no recipient is settled by it
    envelope.dont_deliver = program_->dont_deliver;
    envelope.suppress_local_fixups = program_->no_fixups;
    if (program_->no_qualifying)
        mail::add_note(envelope, mail::note_no_qualifying, "1");
    if (!parameters_.queue_only_override)
        return;
    const bool is_held_back = !why_delivery_waits().empty(); // by limits, which no option overrides
    envelope.queue_only = program_->queue_only || is_held_back || (parameters_.queue_only && !program_->deliver_now);
    envelope.queue_smtp_only = program_->queue_smtp_only;
}

// smtp_accept_queue_per_connection and smtp_accept_queue: the message waits for a queue run, and the log says so
// (manual 53.15, delay_delivery).
std::string Session::why_delivery_waits() const
{
    const auto most_messages = parameters_.smtp_accept_queue_per_connection;
    const auto most_connections = parameters_.smtp_accept_queue;
    if (most_connections != 0 && reception_.connections.count() > most_connections)
        return "too many connections (" + std::to_string(reception_.connections.count()) + ", max " +
               std::to_string(most_connections) + ")";
    if (most_messages != 0 && messages_accepted_ >= most_messages)
        return "more than " + std::to_string(most_messages) + " messages received in one connection";
    return {};
}

smtp::Reply Session::submit(Intake& intake)
{
    const auto envelope = envelope_for(intake);
    std::optional<WaitingClients::Place> place;
    if (asks_before_commit() && !transaction_.is_discarded()) {
        intake.asks_before_commit();
        place.emplace(*reception_.waiting, intake.id(), [this] { return !dialogue_.is_over(); });
    }
    if (program_ && parameters_.mua_wrapper && !transaction_.is_discarded())
        intake.deliver_now();
    if (offered_.pipelining)
        intake.comes_in_groups(pipelined_);
    intake.cut_over(transaction_.cut());
    auto answer = intake.submit(envelope, state_, local_options(), transaction_.parameters().prdr || is_lmtp_);
    place.reset();
    if (!answer) {
        trace_.rejected_message({intake.id(), envelope.sender, envelope.recipients, {}}, true, answer.error().text);
        return {451, "4.3.0", "Temporary local problem - please try later"};
    }
    if (answer->taken != cleanup::Taken::refused) // else they may not have heard of its end
        milters_.message_is_over();
    if (answer->taken == cleanup::Taken::unheard)
        return lost_at_the_end(intake);
    for (const auto& each : answer->each) {
        if (is_lmtp_) {
            each_reply_.push_back({each.code, each.enhanced, each.text});
            continue;
        }
        if (&each == &answer->each.front())
            dialogue_.say({353, "", "PRDR content analysis beginning"});
        dialogue_.say({each.code, each.enhanced, each.text});
    }
    return reply_of(*answer, intake.id(), envelope);
}

smtp::Reply Session::reply_of(const cleanup::SubmitReply& answer, const std::string& id,
                              const mail::Envelope& envelope)
{
    state_ = answer.state; // the connection's part of it lives on
    if (answer.taken != cleanup::Taken::refused) {
        if (!answer.waits.empty())
            trace_.delivery_waits(id, answer.waits);
        else if (const auto why = why_delivery_waits(); !why.empty() && envelope.queue_only)
            trace_.delivery_waits(id, why);
        ++messages_accepted_;
        smtp::Reply reply{250, "2.0.0", answer.text.empty() ? "OK id=" + id : answer.text};
        if (answer.code >= 200 && answer.code <= 599) // fakereject, fakedefer: taken, and not said
            reply.code = answer.code;
        if (reply.code >= 400) {
            reply.enhanced = answer.enhanced;
            reply.text = Policy::words_of({}, reply.text);
        }
        return reply;
    }
    smtp::Reply reply{550, "5.7.1", "Administrative prohibition"};
    if (answer.code / 100 == 4)
        reply = {451, "4.3.0", "Temporary local problem - please try later"};
    if (answer.code >= 400 && answer.code <= 599)
        reply.code = answer.code;
    const auto text = answer.text.empty() ? reply.text : answer.text;
    reply.text = answer.is_verbatim ? answer.text : Policy::words_of(answer.first_text, text);
    reply = in_few_lines(std::move(reply), std::string_view(text).substr(0, text.find('\n')));
    const auto enhanced = mail::EnhancedCode::parse(answer.enhanced);
    if (enhanced && enhanced->status == reply.code / 100)
        reply.enhanced = answer.enhanced;

    const Trace::Message message{id, envelope.sender, envelope.recipients, answer.headers, answer.old_headers};
    const auto& why = answer.log_text.empty() ? answer.text : answer.log_text;
    const Trace::Targets targets{trace_, answer.log_targets};
    trace_.first_line(message, answer.first_log_text);
    if (answer.trouble.why != mail::Overlong::no)
        log::main(mail::abandoned_words(answer.trouble.why, answer.trouble.limit, trace_.client()));
    else if (!answer.about.empty()) // said by the next host
        for (const auto& about : answer.about)
            trace_.rejected_onward(message, about, answer.judged_at, why);
    else if (why.starts_with("rejected: ")) // for what the message is, and not for what a policy says of it
        trace_.unfit_message(message, std::string_view(why).substr(10));
    else
        trace_.rejected_message(message, reply.code < 500, why, answer.judged_at);
    if (answer.drop) {
        dropped_id_ = id;
        end(Ending::dropped);
    }
    return reply;
}

void Session::end_message()
{
    reset_transaction();
    patience_.message_came();
}

}
