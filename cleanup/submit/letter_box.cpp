#include "cleanup/submit/letter_box.h"

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "common/log/long_line.h"
#include "common/mail/header_list.h"
#include "common/mail/rejected_words.h"
#include "common/mail/local_origin.h"
#include "common/mail/notes.h"

namespace gp::submit {
namespace {

constexpr Duration router_patience{60'000};
constexpr std::size_t longest_from_line = 1024;
constexpr std::size_t longest_envid = 300; // RFC 3461 section 4.4: 100 characters, each of which may be "+XX"

// By cleanup itself: an ACL's word 503 says where it was judged.
bool lacks_recipients(const cleanup::SubmitReply& answer)
{
    return answer.code == 503 && answer.judged_at.empty();
}
constexpr std::size_t longest_directory = 256;
constexpr std::size_t longest_command = 4096; // in the log
constexpr std::size_t most_recipients = 50'000; // where recipients_max is 0: what one frame carries
constexpr std::string_view no_recipients = "no recipients";
constexpr std::string_view too_many_recipients = "too many recipients";
constexpr std::uint32_t all_notify =
    mail::notify_never | mail::notify_success | mail::notify_failure | mail::notify_delay;

std::string no_control(std::string_view text)
{
    return escape(text.substr(0, 256), true);
}

// log_selector +arguments (manual 53.15): "cwd=/var/www 3 args: sendmail -t -i".
std::string command_line(const Letter& letter)
{
    std::string line = "cwd=" + (letter.directory.empty() ? "?" : escape(letter.directory.substr(0, longest_directory))) + " " +
                       std::to_string(letter.words.size()) + " args:";
    for (const auto& word : letter.words) {
        if (line.size() > longest_command)
            return line + " ...";
        const bool is_quoted = word.empty() || word.find_first_of(" \t\n") != std::string::npos;
        line += (is_quoted ? " \"" : " ") + escape(word.substr(0, longest_command)) + (is_quoted ? "\"" : "");
    }
    return line;
}

}

LetterBox::LetterBox(const Parameters& parameters, Services services, const Clock& clock,
                     mail::MessageIdGenerator& ids)
    : parameters_(parameters), services_(services), clock_(clock), ids_(ids)
{
}

mail::AddressRules LetterBox::rules(bool allow_null) const
{
    return {.allow_domain_literals = true,
            .strip_excess_angle_brackets = parameters_.strip_excess_angle_brackets,
            .strip_trailing_dot = parameters_.strip_trailing_dot,
            .allow_null = allow_null};
}

Result<std::string> LetterBox::open(const Letter& letter, const Peer& peer)
{
    if (handover_)
        return permanent("one message at a time");
    if (parameters_.log_arguments)
        log::main(command_line(letter));
    TRY(fill_origin(letter, peer));
    if (letter.no_fixups && !caller_.trusted)
        return permanent("permission denied (-G requires a trusted user)");
    TRY(mail::check_reference(letter, caller_.trusted));
    submit_.envelope.settles = letter.message_reference; // R= of its arrival line; no recipient is settled by it
    TRY(fill_sender(letter)); // nobody could be told by mail
    mail_errors_ = letter.mail_errors && !submit_.deliver_now;
    if (auto good = fill_recipients(letter); !good) {
        if (!mail_errors_ || submit_.envelope.sender.empty())
            return good.error();
        bad_argument_ = good.error().text;
        return std::string{};
    }
    auto& envelope = submit_.envelope;
    envelope.id = ids_.next();
    envelope.received = std::chrono::duration_cast<std::chrono::microseconds>(clock_.now().time_since_epoch()).count();
    envelope.body = letter.eight_bit ? mail::BodyType::eight_bit_mime : mail::BodyType::seven_bit;
    if (parameters_.queue_only_override) { // else no -od option counts (manual 14.23)
        envelope.queue_only = letter.queue_only;
        envelope.queue_smtp_only = letter.queue_smtp_only;
    }
    if (!letter.directory.empty())
        mail::add_note(envelope, mail::note_directory, letter.directory.substr(0, longest_directory));
    if (letter.no_qualifying)
        mail::add_note(envelope, mail::note_no_qualifying, "1");
    envelope.dont_deliver = letter.dont_deliver;
    envelope.suppress_local_fixups = letter.no_fixups && caller_.trusted;
    envelope.dsn_return = letter.dsn_return;
    if (letter.envid.size() > longest_envid || !std::ranges::all_of(letter.envid, [](char c) { return c > ' ' && c <= '~' && c != '='; }))
        return permanent("-V: \"" + escape(letter.envid.substr(0, longest_envid)) + "\" is no envelope id (RFC 3461 section 4.4)");
    envelope.dsn_envid = letter.envid;
    submit_.local.notify = letter.notify & all_notify;
    if (caller_.admin)
        envelope.queue = letter.queue;
    // The caller's own name does not belong to the address that a trusted one gives with -f; of others we know who did.
    const bool is_own_name = letter.full_name.empty() && (!submit_.local.sender_given || !caller_.trusted);
    submit_.local.full_name = no_control(is_own_name ? caller_.full_name : letter.full_name);
    TRY(find_size_limit());
    TRY(start_policy());
    handover_.emplace(services_.cleanup, envelope.id, cleanup_patience());
    return envelope.id;
}

// What -oM… says of a host is believed of trusted callers alone (manual 5.3).
Status LetterBox::fill_origin(const Letter& letter, const Peer& peer)
{
    const bool is_bare = !letter.sender.empty() && letter.sender.find_first_of("@<>") == std::string::npos;
    const auto sender = is_bare ? letter.sender + "@" + parameters_.qualify_domain : letter.sender;
    caller_ = TRY(services_.router.call(
        router::Caller{.uid = peer.uid, .gid = peer.gid, .groups = peer.groups, .sender = sender},
        event::Deadline::in(router_patience)));
    auto& origin = submit_.envelope.origin;
    origin.uid = peer.uid;
    origin.gid = caller_.gid;
    origin.login = caller_.login;
    origin.ident = caller_.login;
    origin.trusted = caller_.trusted;
    origin.local = true;
    origin.protocol = letter.batched ? "local-bsmtp" : "local";
    // The caller is who is authenticated, and of what they say only a trusted one is believed (manual 11.9,
    // $authenticated_id, $authenticated_sender).
    origin.authenticated_id = caller_.login;
    origin.authenticated_sender = mail::address_of_login(caller_.login, parameters_.qualify_domain);
    if (caller_.trusted)
        mail::believe(letter, origin);
    if (origin.host_address.empty()) // a host that is named has its name from there
        origin.helo_name = no_control(letter.helo);
    return {};
}

// An untrusted caller may give the null sender and what untrusted_set_sender allows; anything else is
// quietly their own address, as in Exim.
Status LetterBox::fill_sender(const Letter& letter)
{
    auto& envelope = submit_.envelope;
    envelope.sender = mail::address_of_login(caller_.login, parameters_.qualify_domain);
    if (!letter.sender_given)
        return {};
    auto parsed = mail::parse_address(letter.sender.empty() ? "<>" : letter.sender, rules(true));
    if (!parsed)
        return permanent("bad -f address \"" + escape(letter.sender) + "\": " + parsed.error().text);
    const bool is_null = parsed->address.empty();
    if (!caller_.trusted && !is_null && !caller_.may_set_sender)
        return {};
    envelope.sender = is_null || parsed->has_domain() ? parsed->address : parsed->address + "@" + parameters_.qualify_domain;
    envelope.sender_set_by_caller = true;
    submit_.local.sender_given = true;
    return {};
}

Status LetterBox::fill_recipients(const Letter& letter)
{
    submit_.local.extract_recipients = letter.extract_recipients;
    submit_.local.skip_bad_addresses = letter.mail_errors && !submit_.deliver_now;
    const std::size_t most = parameters_.recipients_max ? parameters_.recipients_max : most_recipients;
    for (const auto& argument : letter.recipients) {
        const auto list = mail::parse_address_list(argument, rules(false), most + 1);
        for (const auto& item : list.items) {
            if (!item.parsed) {
                bad_recipient_ = no_control(argument) + "  " + item.parsed.error().text;
                return permanent("bad recipient address \"" + escape(argument) + "\": " + item.parsed.error().text);
            }
            auto address = item.parsed->address;
            if (!item.parsed->has_domain() && letter.no_qualifying) {
                constexpr std::string_view why = "unqualified recipient address not allowed";
                bad_recipient_ = no_control(argument) + "  " + std::string(why);
                return permanent("bad recipient address \"" + escape(argument) + "\": " + std::string(why));
            }
            std::string written; // as the log has it, where it names recipients
            if (!item.parsed->has_domain())
                written = std::exchange(address, address + "@" + parameters_.qualify_recipient);
            if (letter.batched) // RCPT's are shown as they became
                written.clear();
            if (letter.extract_recipients)
                submit_.local.arguments.push_back(std::move(address));
            else
                submit_.envelope.recipients.push_back(
                    {.address = std::move(address), .notify = letter.notify & all_notify, .original = std::move(written)});
        }
        if (submit_.envelope.recipients.size() + submit_.local.arguments.size() > most)
            return permanent(std::string(too_many_recipients) + ": " + std::to_string(most) + " are allowed (recipients_max)");
    }
    if (!letter.extract_recipients && submit_.envelope.recipients.empty())
        return permanent(std::string(no_recipients));
    return {};
}

Status LetterBox::find_size_limit()
{
    size_limit_ = parameters_.message_size_limit;
    if (!parameters_.expands_size_limit)
        return {};
    const router::ExpandOption question{.section = "main",
                                        .instance = {},
                                        .option = "message_size_limit",
                                        .message_id = submit_.envelope.id,
                                        .origin = submit_.envelope.origin,
                                        .sender = submit_.envelope.sender,
                                        .recipients = {},
                                        .variables = {},
                                        .headers = {},
                                        .facts = {}};
    const auto answer = TRY(services_.router.call(question, event::Deadline::in(router_patience)));
    const auto limit = parse_size(trim(answer.text));
    if (!limit) {
        const auto& why = limit.error().text;
        log::main("invalid value for message_size_limit: " +
                  (why.ends_with(" is too large") ? "absolute value of integer " + why + " (overflow)" : why));
        return permanent("invalid value for message_size_limit");
    }
    size_limit_ = static_cast<std::uint64_t>(std::max<std::int64_t>(*limit, 0));
    return {};
}

// acl_not_smtp_start (manual 44.2): may only set things up, or defer by failing.
Status LetterBox::start_policy()
{
    const auto bit = std::uint64_t{1} << static_cast<unsigned>(router::Phase::not_smtp_start);
    if (!(parameters_.phases & bit))
        return {};
    router::Ask ask;
    ask.phase = router::Phase::not_smtp_start;
    ask.message_id = submit_.envelope.id;
    ask.origin = submit_.envelope.origin;
    ask.sender = submit_.envelope.sender;
    ask.sender_given = true;
    for (const auto& recipient : submit_.envelope.recipients)
        ask.recipients.push_back(recipient.address);
    auto answer = TRY(services_.router.call(ask, event::Deadline::in(router_patience)));
    submit_.state = answer.state;
    return {};
}

// "From sender date", as UUCP and mbox tools put in front (manual 48.4): dropped; a trusted caller who
// gave no -f is taken at its word. What such a line looks like, and what of it is the sender, says the configuration.
void LetterBox::take_from_line(std::string& octets)
{
    const auto end = octets.find("\r\n");
    if (!octets.starts_with("From ") || end == std::string::npos)
        return;
    const auto& origin = submit_.envelope.origin;
    const auto read = services_.router.call(router::Caller{.uid = origin.uid, .gid = origin.gid, .from_line = octets.substr(0, end)},
                                            event::Deadline::in(router_patience));
    if (!read)
        return log::warning("uucp_from_pattern: " + read.error().text);
    if (!read->has_from_line)
        return;
    auto parsed = mail::parse_address(read->from_sender, rules(true));
    if (caller_.trusted && !submit_.local.sender_given && parsed) {
        auto& sender = submit_.envelope.sender;
        sender = parsed->address.empty() || parsed->has_domain() ? parsed->address
                                                                 : parsed->address + "@" + parameters_.qualify_domain;
        submit_.local.sender_given = true;
        if (submit_.local.full_name == no_control(caller_.full_name)) // as above: it is not their own mail
            submit_.local.full_name.clear();
    }
    octets.erase(0, end + 2);
}

Status LetterBox::add(std::string_view octets)
{
    if (!handover_ && bad_argument_.empty())
        return permanent("a message has no head yet");
    if (too_big_)
        return {};
    std::string converted;
    line_ends_.convert(octets, converted);
    note_blank_line(converted);
    keep_copy(converted);
    if (!bad_argument_.empty())
        return {};
    if (!head_seen_) {
        head_ += converted;
        if (head_.find("\r\n") == std::string::npos && head_.size() < longest_from_line)
            return {};
        head_seen_ = true;
        converted = std::move(head_);
        take_from_line(converted);
    }
    lines_ += static_cast<std::uint64_t>(std::ranges::count(converted, '\n')); // as Exim counts, a line end is one octet
    if (size_limit_ && handover_->size() + converted.size() > size_limit_ + lines_) {
        too_big_ = true;
        converted.resize(std::min<std::uint64_t>(converted.size(), size_limit_)); // the headers may be in it
    }
    return handover_->add(converted);
}

bool LetterBox::wants_more() const
{
    return !too_big_ && bad_argument_.empty() && !(handover_ && handover_->is_refused());
}

void LetterBox::note_blank_line(std::string_view octets)
{
    if (in_body_)
        return;
    last_octets_ += octets.substr(0, 3);
    in_body_ = last_octets_.find("\r\n\r\n") != std::string::npos || octets.find("\r\n\r\n") != std::string_view::npos;
    if (octets.size() >= 3)
        last_octets_ = octets.substr(octets.size() - 3);
    else
        last_octets_.erase(0, last_octets_.size() - std::min<std::size_t>(last_octets_.size(), 3));
}

void LetterBox::lost() const
{
    if (submit_.envelope.origin.protocol == "local-bsmtp")
        log::main("SMTP connection from " + escape(caller_.login, true) + " lost while reading message data" + (in_body_ ? "" : " (after header)"));
}

Result<Finish::Reply> LetterBox::finish()
{
    if (!bad_argument_.empty())
        return refused(bad_argument_,
                       bad_argument_ == no_recipients                   ? Complaint::Why::no_recipients
                       : bad_argument_.starts_with(too_many_recipients) ? Complaint::Why::too_many_recipients
                                                                        : Complaint::Why::bad_arguments,
                       {bad_recipient_.empty() ? bad_argument_ : bad_recipient_});
    if (!handover_)
        return permanent("a message has no head yet");
    if (too_big_) {
        auto refused_already = submit_;
        refused_already.is_refused = true;
        const auto shown = handover_->finish(std::move(refused_already));
        log_too_big(shown ? *shown : cleanup::SubmitReply{});
        return refused("message size exceeds the limit of " + std::to_string(size_limit_) +
                           " octets (message_size_limit)",
                       Complaint::Why::too_big, {});
    }
    std::string last = head_seen_ ? std::string{} : std::move(head_);
    line_ends_.finish(last);
    if (!head_seen_)
        take_from_line(last);
    TRY(handover_->add(last));
    auto answer = TRY(handover_->finish(submit_));
    if (answer.taken != cleanup::Taken::refused) {
        if (!answer.waits.empty() && parameters_.log_delay_delivery)
            log::main(submit_.envelope.id + " no immediate delivery: " + answer.waits);
        Finish::Reply reply{
            .accepted = true, .id = submit_.envelope.id, .text = answer.text, .log_line = answer.log_text, .is_over = submit_.deliver_now};
        if (!answer.bad_addresses.empty()) {
            log_wanting(true);
            show_completed(answer.headers);
            reply.mailed = complain(Complaint::Why::bad_in_headers, answer.bad_addresses, true);
        }
        return reply;
    }
    log_refusal(answer);
    if (submit_.deliver_now) // there is no later
        return Finish::Reply{.temporary = answer.is_trouble, .id = submit_.envelope.id, .text = answer.text, .is_over = true};
    if (answer.is_trouble) // the caller tries again; what policy says is final here (manual 44.2)
        return Finish::Reply{.temporary = true, .id = submit_.envelope.id, .text = answer.text};
    const auto why = reason(answer);
    if (why == Complaint::Why::bad_in_headers || why == Complaint::Why::no_recipients || !answer.judged_at.empty())
        show_completed(answer.headers);
    return refused(answer.text, why, why == Complaint::Why::bad_in_headers ? answer.bad_addresses : std::vector{answer.text});
}

// Exim's line, with the id twice; a user's slip is nothing for the panic log, where Exim has it too.
void LetterBox::log_wanting(bool bad) const
{
    const auto& id = submit_.envelope.id;
    log::main(id + " " + id + (bad ? " bad addresses" : " no recipients") + " found in headers");
}

// The copy has the headers as they came out, and those that they replaced in front of them.
void LetterBox::show_completed(const std::string& headers)
{
    if (headers.empty())
        return;
    const auto parsed = mail::HeaderList::parse(copy_); // there may be no empty line, and no header either
    copy_ = headers + "\r\n" + (parsed ? copy_.substr(parsed->body) : "");
}

void LetterBox::log_refusal(const cleanup::SubmitReply& answer) const
{
    const auto& envelope = submit_.envelope;
    const auto& why = answer.log_text.empty() ? answer.text : answer.log_text;
    if (answer.trouble.why != mail::Overlong::no)
        return log::main(mail::abandoned_words(answer.trouble.why, answer.trouble.limit, escape(caller_.login)));
    if (lacks_recipients(answer) || !answer.bad_addresses.empty())
        return log_wanting(!answer.bad_addresses.empty());
    if (answer.judged_at.empty())
        return log::main(envelope.id + " U=" + escape(caller_.login) + " F=<" + escape(envelope.sender) +
                         "> rejected non-SMTP message: " + escape(why));
    const auto line = envelope.id + " F=<" + escape(envelope.sender) + "> rejected " + answer.judged_at +
                      (why.empty() ? "" : ": " + escape(why));
    if (answer.log_targets & mail::log_to_panic)
        log::panic_alone(line);
    if (answer.log_targets & mail::log_to_main)
        log::main(line);
    if (answer.log_targets & mail::log_to_reject)
        log::reject(line + mail::envelope_words(envelope.sender, answer.recipients) + mail::headers_words(answer.headers, answer.old_headers));
}

// What goes beyond the limit is not counted: it may never end.
void LetterBox::log_too_big(const cleanup::SubmitReply& shown) const
{
    const auto& envelope = submit_.envelope;
    const auto limit = std::to_string(size_limit_);
    const auto line = envelope.id + " rejected from <" + escape(envelope.sender) + "> U=" + escape(caller_.login) +
                      ": message too big: read=" + std::to_string(size_limit_ + 1) + " max=" + limit;
    log::main(line);
    log::reject(line + mail::envelope_words(envelope.sender, shown.recipients) + mail::headers_words(shown.headers, shown.old_headers));
    if (mail_errors_ && envelope.sender.empty())
        log::main(envelope.id + " Error while reading message with no usable sender address: message too big (limit set to " +
                  limit + ")");
}

// --- what is told by mail ---

void LetterBox::keep_copy(std::string_view octets)
{
    if (!mail_errors_)
        return;
    // One frame carries the complaint; 0 is no limit of the administrator's.
    constexpr std::size_t frame_room = 3 * 1024 * 1024;
    const auto limit = static_cast<std::size_t>(parameters_.bounce_return_size_limit);
    const auto room = (limit ? std::min(limit, frame_room) : frame_room) - copy_.size();
    copy_is_cut_ = copy_is_cut_ || octets.size() > room;
    copy_ += octets.substr(0, room);
}

Complaint::Why LetterBox::reason(const cleanup::SubmitReply& answer) const
{
    if (!answer.bad_addresses.empty())
        return Complaint::Why::bad_in_headers;
    if (answer.trouble.why != mail::Overlong::no)
        return answer.trouble.why == mail::Overlong::line ? Complaint::Why::long_header_line : Complaint::Why::long_headers;
    if (answer.code == 552 && answer.text.starts_with(too_many_recipients))
        return Complaint::Why::too_many_recipients;
    return lacks_recipients(answer) ? Complaint::Why::no_recipients : Complaint::Why::refused;
}

Finish::Reply LetterBox::refused(const std::string& text, Complaint::Why why, std::vector<std::string> details)
{
    return {.id = submit_.envelope.id, .text = text, .mailed = complain(why, std::move(details))};
}

bool LetterBox::complain(Complaint::Why why, std::vector<std::string> details, bool others_were_taken)
{
    if (!mail_errors_ || submit_.envelope.sender.empty())
        return false;
    // With headers that have no end it was never a message.
    const bool has_id = why != Complaint::Why::long_headers && why != Complaint::Why::long_header_line;
    auto mail = complaint_mail({.why = why,
                                .details = std::move(details),
                                .others_were_taken = others_were_taken,
                                .about = has_id ? submit_.envelope.id : std::string{},
                                .to = submit_.envelope.sender,
                                .copy = std::move(copy_),
                                .is_cut = copy_is_cut_,
                                .is_unread = !bad_argument_.empty()},
                               parameters_);
    mail.envelope.id = ids_.next();
    mail.envelope.received =
        std::chrono::duration_cast<std::chrono::microseconds>(clock_.now().time_since_epoch()).count();
    Handover handover{services_.cleanup, mail.envelope.id, cleanup_patience()};
    const auto octets = std::exchange(mail.octets, {});
    if (!handover.add(octets))
        return false;
    const auto taken = handover.finish(std::move(mail));
    return taken && taken->taken == cleanup::Taken::committed;
}

}
