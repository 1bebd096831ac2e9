#include "delivery/remote/transaction.h"

#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/smtp/chunk.h"
#include "common/smtp/parameter.h"
#include "common/smtp/path.h"
#include "delivery/remote/sendable.h"

#include <algorithm>
#include <cerrno>

namespace gp::remote {
namespace {

bool is_ascii(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 128; });
}

Trouble permanent_trouble(std::string text)
{
    return {.fault = Fault::message, .permanent = true, .text = std::move(text)};
}

// After the data, and about one recipient: PRDR or LMTP. As in Exim without an error number, and without a word for retry
// rules: data_4xx does not match it.
Trouble refused_in_person(std::string_view protocol, const ServerReply& answer)
{
    Trouble trouble{.fault = Fault::recipient, .permanent = answer.kind() == '5',
                    .text = std::string(protocol) + " error after DATA: " + answer.text("\\n")};
    trouble.smtp_code = answer.code;
    trouble.enhanced = answer.enhanced();
    return trouble;
}

// As it came, which was xtext; anything else becomes it.
std::string as_xtext(std::string_view text)
{
    return xtext_decode(text) ? std::string(text) : xtext_encode(text);
}

// "rfc822;user@host": the type stays, the address is xtext (RFC 3461 section 4.2).
std::string orcpt_parameter(const std::string& orcpt)
{
    const auto semicolon = orcpt.find(';');
    if (semicolon == orcpt.npos)
        return {};
    return orcpt.substr(0, semicolon + 1) + as_xtext(std::string_view(orcpt).substr(semicolon + 1));
}

}

bool TransactionResult::has_room_next_time(std::size_t index) const
{
    const auto& one = fortunes[index];
    if (!one.trouble.enhanced.empty() && one.trouble.enhanced != "4.5.3")
        return false; // a full mailbox is another matter
    return pipelining && one.what == Fortune::What::deferred && one.trouble.smtp_code == 452 &&
           one.trouble.fault == Fault::recipient &&
           std::ranges::any_of(fortunes, [](const Fortune& other) { return other.what == Fortune::What::delivered; });
}

Transaction::Transaction(ClientSession& session, const Conditions& conditions, const Letter& letter, Finishing finishing)
    : session_(session), conditions_(conditions), letter_(letter), finishing_(std::move(finishing))
{
}

TransactionResult Transaction::run(const std::vector<Addressee>& addressees)
{
    addressees_ = &addressees;
    states_.assign(addressees.size(), State::asked);
    result_.fortunes.assign(addressees.size(), {});
    result_.pipelining = session_.may_pipeline();
    // "Unless DKIM signing is being done, BDAT will not be used in conjunction with a transport filter" (manual 30.4).
    result_.chunking = session_.may_chunk() && (!letter_.filter || letter_.is_signed);
    // What is remembered of a host must not be why it does not get the letter.
    const bool needs_certainty = letter_.smtputf8 || letter_.requires_tls || !result_.pipelining;
    if ((needs_certainty && !catch_up()) || !check_letter() || !all_are_wanted())
        return result_;
    // For one recipient the one reply says it all.
    asks_for_prdr_ = session_.may_ask_for_prdr() && !letter_.all_or_none && std::ranges::count(states_, State::asked) > 1;
    const bool goes_on = result_.pipelining ? in_one_group() : one_by_one();
    if (!goes_on)
        (void)all_are_wanted(); // one may have been refused before the host was lost
    else if (message_in_group_ || send_message())
        read_verdicts();
    return result_;
}

TransactionResult Transaction::go_on(const std::vector<Addressee>& addressees)
{
    addressees_ = &addressees;
    states_.assign(addressees.size(), State::accepted);
    result_.fortunes.assign(addressees.size(), {});
    result_.pipelining = session_.may_pipeline();
    (void)write("DATA\r\n", conditions_.options.command_timeout);
    if (begin_data(false) && send_message()) {
        result_.message_sent = true;
        read_verdicts();
    }
    return result_;
}

// Greeting and answer to EHLO, where they are still to be read.
bool Transaction::catch_up()
{
    const auto trouble = session_.catch_up(conditions_);
    if (!trouble)
        return true;
    result_.to_be_repeated = session_.says_otherwise();
    if (result_.to_be_repeated)
        result_.session_usable = false;
    else
        lose(*trouble);
    return false;
}

bool Transaction::check_letter()
{
    const auto& offered = session_.offered();
    const bool unspoken = letter_.smtputf8 && !offered.smtputf8;
    if (!can_be_sent(letter_.sender) || (unspoken && (!is_ascii(letter_.sender) || letter_.content.has_eight_bit_headers()))) {
        settle_all(permanent_trouble(unspoken ? "message needs SMTPUTF8, which the host does not offer"
                                              : "the sender address cannot be sent by SMTP"));
        return false;
    }
    for (std::size_t index = 0; index < addressees_->size(); ++index) {
        const auto& address = (*addressees_)[index].address;
        if (!can_be_sent(address) || address.empty())
            settle(index, permanent_trouble("the address cannot be sent by SMTP"), true);
        else if (unspoken && !is_ascii(address))
            settle(index, permanent_trouble("the address needs SMTPUTF8, which the host does not offer"), true);
    }
    return std::ranges::any_of(states_, [](State state) { return state == State::asked; });
}

std::string Transaction::mail_command() const
{
    smtp::MailParameters parameters;
    if (conditions_.options.size_addition >= 0)
        parameters.size = letter_.size + static_cast<std::uint64_t>(conditions_.options.size_addition);
    parameters.body = letter_.body;
    parameters.body_given = letter_.body == mail::BodyType::eight_bit_mime;
    parameters.smtputf8 = letter_.smtputf8;
    parameters.prdr = asks_for_prdr_;
    parameters.requiretls = letter_.requires_tls;
    if (!letter_.dsn_lasthop) {
        parameters.ret = letter_.dsn_return;
        parameters.envid = as_xtext(letter_.dsn_envid);
    }
    // RFC 4954 section 5: whom we know the message to be from, to a host that knows us.
    const auto& wanted = conditions_.options.authenticated_sender;
    if (!session_.authenticated_as().empty() || conditions_.options.authenticated_sender_force)
        parameters.auth = wanted.empty() ? letter_.authenticated_sender : wanted;
    parameters.auth_unasked = conditions_.options.authenticated_sender_force && !wanted.empty();
    return "MAIL FROM:" + smtp::format_path(letter_.sender) + smtp::write_mail_parameters(parameters, session_.offered());
}

std::string Transaction::rcpt_command(const Addressee& addressee) const
{
    smtp::RcptParameters parameters;
    if (!letter_.dsn_lasthop) {
        parameters.notify = addressee.notify;
        parameters.orcpt = orcpt_parameter(addressee.orcpt);
    }
    std::string command = "RCPT TO:" + smtp::format_path(addressee.address);
    if (conditions_.options.lmtp_ignore_quota && session_.ignores_quota())
        command += " IGNOREQUOTA";
    return command + smtp::write_rcpt_parameters(parameters, session_.offered());
}

Status Transaction::write(std::string_view octets, Duration patience)
{
    return session_.write(octets, conditions_.until.sooner(event::Deadline::in(patience)));
}

Transaction::Reply Transaction::expect(const Place& place)
{
    auto reply = session_.wire().read_reply(session_.wait_for(place.step, conditions_.options, conditions_.until));
    if (const auto* nothing = std::get_if<NoReply>(&reply))
        return trouble_of(*nothing, place);
    result_.answered = true;
    return std::get<ServerReply>(std::move(reply));
}

// --- fortunes ---

void Transaction::settle(std::size_t index, const Trouble& trouble, bool is_culprit)
{
    auto& fortune = result_.fortunes[index];
    fortune.what = trouble.permanent ? Fortune::What::failed : Fortune::What::deferred;
    fortune.trouble = trouble;
    fortune.smtp_code = trouble.smtp_code;
    fortune.is_culprit = is_culprit;
    states_[index] = State::settled;
    if (trouble.connection_lost)
        result_.session_usable = false;
    result_.leaves_politely |= trouble.leaves_politely;
}

void Transaction::settle_all(const Trouble& trouble)
{
    for (std::size_t index = 0; index < states_.size(); ++index)
        if (states_[index] != State::settled)
            settle(index, trouble, true);
}

void Transaction::lose(const Trouble& trouble, std::size_t culprit)
{
    result_.session_usable = false;
    for (std::size_t index = 0; index < states_.size(); ++index)
        if (states_[index] != State::settled)
            settle(index, trouble, culprit == nobody || culprit == index || trouble.error_number == error_smtp_format);
}

std::size_t Transaction::accepted() const
{
    return static_cast<std::size_t>(std::ranges::count(states_, State::accepted));
}

Status Transaction::tell_finishing()
{
    std::vector<std::size_t> targets;
    for (std::size_t index = 0; index < states_.size(); ++index)
        if (states_[index] != State::settled)
            targets.push_back((*addressees_)[index].target);
    return finishing_(targets);
}

// --- the envelope ---

std::string Transaction::group() const
{
    std::string out;
    if (session_.needs_reset)
        out += "RSET\r\n";
    out += mail_command() + "\r\n";
    for (std::size_t index = 0; index < states_.size(); ++index)
        if (states_[index] == State::asked)
            out += rcpt_command((*addressees_)[index]) + "\r\n";
    if (!result_.chunking)
        return letter_.all_or_none ? out : out + "DATA\r\n";
    if (message_in_group_) {
        out += smtp::format_bdat({.size = letter_.content.size(), .last = true});
        letter_.content.append_chunk(out);
    }
    return out;
}

bool Transaction::in_one_group()
{
    message_in_group_ = result_.chunking && !letter_.all_or_none && !session_.is_early() && !letter_.filter && letter_.content.is_small() &&
                        letter_.content.size() <= conditions_.parameters.pipelined_message_limit;
    const bool resets = session_.needs_reset;
    const auto out = group();
    if (message_in_group_) {
        if (auto told = tell_finishing(); !told) {
            lose({.fault = Fault::message, .connection_lost = true, .text = told.error().text, .error_number = EIO});
            return false;
        }
        written_ = letter_.content.size();
        result_.message_sent = true;
    }
    session_.needs_reset = true;
    // When this fails, what the server said last is still to be read, and tells why.
    (void)write(out, conditions_.options.data_timeout);
    if (!catch_up())
        return false;
    if ((resets && !take_reset_reply()) || !take_mail_reply(true))
        return false;
    for (std::size_t index = 0; index < states_.size(); ++index)
        if (states_[index] == State::asked && !take_rcpt_reply(index, true))
            return false;
    if (letter_.all_or_none)
        return !mail_refused_ && all_are_wanted() && (result_.chunking || ask_for_data());
    if (mail_refused_ || accepted() == 0) {
        // All that the group still has in it is answered, with an error, and has nothing more to say.
        if (!result_.chunking)
            return begin_data(true) && false;
        if (message_in_group_)
            (void)skip_reply(Step::end_of_data);
        return false;
    }
    return result_.chunking || begin_data(true);
}

bool Transaction::one_by_one()
{
    const auto say = [&](const std::string& command) {
        (void)write(command + "\r\n", conditions_.options.command_timeout);
    };
    if (session_.needs_reset) {
        say("RSET");
        if (!take_reset_reply())
            return false;
    }
    session_.needs_reset = true;
    say(mail_command());
    if (!take_mail_reply(false) || mail_refused_)
        return false;
    for (std::size_t index = 0; index < states_.size(); ++index) {
        if (states_[index] != State::asked)
            continue;
        say(rcpt_command((*addressees_)[index]));
        if (!take_rcpt_reply(index, false))
            return false;
    }
    if (accepted() == 0 || !all_are_wanted())
        return false;
    return result_.chunking || ask_for_data();
}

bool Transaction::ask_for_data()
{
    (void)write("DATA\r\n", conditions_.options.command_timeout);
    return begin_data(false);
}

// Whether a message for all or none may go on. A refusal of one is then a refusal of all, and for good: another host that
// accepts them all would be luck, and whoever waits has but one answer (manual chapter 52). A host that is lost refused
// nobody: the next one is tried.
bool Transaction::all_are_wanted()
{
    const auto is_refusal = [](const Fortune& one) {
        return one.trouble.permanent || (one.trouble.fault == Fault::recipient && one.trouble.smtp_code != 0);
    };
    const auto first = std::ranges::find_if(result_.fortunes, is_refusal);
    if (!letter_.all_or_none || first == result_.fortunes.end())
        return true;
    auto trouble = first->trouble;
    trouble.permanent = true;
    for (std::size_t index = 0; index < states_.size(); ++index)
        settle(index, trouble, true);
    return false;
}

bool Transaction::take_reset_reply()
{
    const auto reply = expect(session_.place(Step::rset));
    const auto* answer = std::get_if<ServerReply>(&reply);
    if (answer && answer->kind() == '2')
        return true;
    result_.turned_away = answer && answer->code == 421;
    lose(answer ? refused(session_.place(Step::rset), *answer) : std::get<Trouble>(reply));
    return false;
}

// False when the connection is lost; a refusal is remembered, for the rest of a group is still to be read.
bool Transaction::take_mail_reply(bool pipelined)
{
    const auto place = session_.place(Step::mail, mail_command(), pipelined);
    const auto reply = expect(place);
    const auto* answer = std::get_if<ServerReply>(&reply);
    if (!answer) {
        lose(std::get<Trouble>(reply));
        return false;
    }
    if (answer->kind() == '2')
        return true;
    mail_refused_ = true;
    result_.turned_away = answer->code == 421;
    const auto trouble = refused(place, *answer);
    if (!pipelined || trouble.connection_lost) {
        settle_all(trouble);
        return !trouble.connection_lost;
    }
    for (std::size_t index = 0; index < states_.size(); ++index)
        if (states_[index] == State::asked)
            result_.fortunes[index].trouble = trouble; // settled when its own reply has been read
    return true;
}

bool Transaction::take_rcpt_reply(std::size_t index, bool pipelined)
{
    const auto place = session_.place(Step::rcpt, "RCPT TO:" + smtp::format_path((*addressees_)[index].address), pipelined);
    const auto reply = expect(place);
    if (mail_refused_) {
        // Refused as the sender was; only the loss of the connection is news, and changes nothing for the address.
        settle(index, result_.fortunes[index].trouble, true);
        if (std::holds_alternative<ServerReply>(reply))
            return true;
        lose(result_.fortunes[index].trouble);
        return false;
    }
    const auto* answer = std::get_if<ServerReply>(&reply);
    if (!answer) {
        lose(std::get<Trouble>(reply), index);
        return false;
    }
    if (answer->kind() == '2') {
        states_[index] = State::accepted;
        return true;
    }
    const auto trouble = refused(place, *answer);
    tell_of_deferral(index, trouble);
    settle(index, trouble, true);
    if (trouble.connection_lost)
        lose(trouble, index);
    return !trouble.connection_lost;
}

// msg:rcpt:host:defer and msg:rcpt:defer (manual 61). Their $event_defer_errno has the last two digits of the reply above
// "A" or "M", for a host of an MX record.
void Transaction::tell_of_deferral(std::size_t index, const Trouble& trouble)
{
    if (!conditions_.event || trouble.permanent)
        return;
    const auto& address = (*addressees_)[index].address;
    const auto at = address.rfind('@');
    auto facts = session_.facts();
    facts.push_back({"local_part", address.substr(0, at)});
    facts.push_back({"domain", at == address.npos ? std::string{} : address.substr(at + 1)});
    const auto number = trouble.smtp_code % 100 << 8 | static_cast<unsigned>(session_.host().from_mx() ? 'M' : 'A');
    facts.push_back({"event_defer_errno", std::to_string(number)});
    for (const auto event : {"msg:rcpt:host:defer", "msg:rcpt:defer"})
        (void)conditions_.event(event, trouble.text, facts);
}

// A reply that nobody's fortune hangs on. False when the connection is lost.
bool Transaction::skip_reply(Step step)
{
    const auto reply = expect(session_.place(step));
    const auto* answer = std::get_if<ServerReply>(&reply);
    if (!answer || answer->code == 421)
        result_.session_usable = false;
    return answer != nullptr;
}

bool Transaction::begin_data(bool pipelined)
{
    const auto place = session_.place(Step::data, {}, pipelined);
    const auto reply = expect(place);
    const auto* answer = std::get_if<ServerReply>(&reply);
    const bool wanted = accepted() > 0;
    if (!answer) {
        lose(std::get<Trouble>(reply));
        return false;
    }
    if (answer->kind() != '3') {
        const auto trouble = refused(place, *answer);
        result_.session_usable = result_.session_usable && !trouble.connection_lost;
        settle_all(trouble);
        return false;
    }
    if (wanted)
        return true;
    // RFC 2920 section 3.1: a server may ask for data though it accepted nobody. It gets none.
    (void)write(".\r\n", conditions_.options.command_timeout);
    (void)skip_reply(Step::end_of_data);
    return false;
}

// --- the message ---

// What is sent in the message's place; null when the filter failed. The server must not take anything for the message then.
const MessageContent* Transaction::filtered()
{
    const auto made = letter_.filter(*addressees_);
    if (made)
        return *made;
    lose({.fault = Fault::recipient, .connection_lost = true, .text = made.error().text, .error_number = error_filter});
    return nullptr;
}

bool Transaction::send_message()
{
    const auto* content = letter_.filter ? filtered() : &letter_.content;
    if (!content)
        return false;
    bool timed_out_writing = false, write_failed = false;
    const auto put = [&](std::string_view octets) -> Status {
        auto written = write(octets, conditions_.options.data_timeout);
        written_ += written ? octets.size() : 0;
        write_failed = !written;
        timed_out_writing = !written && written.error().cause == Cause::timeout;
        return written;
    };
    std::string head;
    if (result_.chunking)
        head = smtp::format_bdat({.size = content->size(), .last = true});
    auto sent = head.empty() ? Status{} : put(head);
    written_ = 0;
    if (sent)
        sent = content->send(!result_.chunking, put, [this] { return tell_finishing(); });
    if (sent)
        return true;
    if (!write_failed) {
        // The message cannot be read: the server must not take what it has for the whole.
        lose({.fault = Fault::message, .connection_lost = true, .text = sent.error().text, .error_number = EIO});
        return false;
    }
    const auto place = session_.place(Step::block);
    if (timed_out_writing) {
        lose(timed_out(place));
        return false;
    }
    const auto reply = expect(session_.place(Step::end_of_data)); // it may have said why it closed
    const auto* answer = std::get_if<ServerReply>(&reply);
    if (answer && answer->kind() != '2')
        settle_all(refused(session_.place(Step::end_of_data), *answer));
    lose(closed(place));
    return false;
}

void Transaction::read_verdicts()
{
    auto place = session_.place(Step::end_of_data, {}, message_in_group_);
    const bool each = conditions_.protocol.one_reply_each;
    if (each)
        place.protocol = conditions_.protocol.word;
    std::optional<Reply> shared;
    for (std::size_t index = 0; index < states_.size(); ++index) {
        if (states_[index] != State::accepted)
            continue;
        if (each || !shared)
            shared = expect(place);
        if (const auto* answer = std::get_if<ServerReply>(&*shared); answer && asks_for_prdr_ && answer->code == 353)
            return read_each(place);
        take_verdict(index, *shared, place);
        if (std::holds_alternative<Trouble>(*shared))
            return;
    }
    ++session_.messages;
    session_.needs_reset = false;
}

// PRDR: one reply for each accepted recipient, and one for the message as a whole, which counts for all.
void Transaction::read_each(const Place& place)
{
    std::vector<std::pair<std::size_t, ServerReply>> each;
    for (std::size_t index = 0; index <= states_.size(); ++index) {
        if (index < states_.size() && states_[index] != State::accepted)
            continue;
        const auto reply = expect(place);
        if (const auto* trouble = std::get_if<Trouble>(&reply))
            return lose(*trouble);
        each.emplace_back(index, std::get<ServerReply>(reply));
    }
    const auto whole = std::move(each.back().second);
    each.pop_back();
    result_.prdr = true;
    for (auto& [index, answer] : each) {
        if (answer.kind() != '2')
            settle(index, refused_in_person("PRDR", answer), true);
        else if (whole.kind() != '2')
            settle(index, refused(place, whole), true);
        else
            deliver(index, whole, answer.text("\n") + "\n" + whole.text("\n"));
    }
    ++session_.messages;
    session_.needs_reset = false;
}

void Transaction::deliver(std::size_t index, const ServerReply& answer, std::string confirmation)
{
    auto& fortune = result_.fortunes[index];
    fortune.what = Fortune::What::delivered;
    fortune.confirmation = std::move(confirmation);
    fortune.smtp_code = answer.code;
    fortune.dsn_relayed = session_.offered().dsn && !letter_.dsn_lasthop;
    states_[index] = State::settled;
}

void Transaction::take_verdict(std::size_t index, const Reply& reply, const Place& place)
{
    if (const auto* trouble = std::get_if<Trouble>(&reply)) {
        auto told = *trouble;
        if (told.error_number == ETIMEDOUT)
            told.text += " (" + std::to_string(written_) + " bytes written)";
        lose(told);
        return;
    }
    const auto& answer = std::get<ServerReply>(reply);
    if (answer.kind() != '2') {
        auto trouble = refused(place, answer);
        if (conditions_.protocol.one_reply_each) {
            auto name = std::move(trouble.error_name); // a retry rule may still name it
            trouble = refused_in_person(place.protocol, answer);
            trouble.error_name = std::move(name);
            trouble.connection_lost = trouble.leaves_politely = answer.code == 421;
        }
        settle(index, trouble, true);
        return;
    }
    deliver(index, answer, answer.text("\n"));
}

}
