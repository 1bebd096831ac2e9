#include "qmgr/reports.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "common/base/text.h"
#include "common/config/message_template.h"
#include "common/log/log.h"
#include "common/spool/fields.h"
#include "qmgr/error_copies.h"

namespace gp::qmgr {
namespace {

constexpr int most_tries = 3;
// One report tells of so many; a message with more failures has several. A longer list would be more than a
// frame carries, and its X-Failed-Recipients: more than header_maxsize lets pass: nobody would ever be told.
constexpr std::size_t most_failures = 500;
constexpr std::string_view bounce_text = "delivery error message";
constexpr std::string_view null_sender_text = "message created with -f <>";

bool wants(const mail::Recipient& recipient, std::uint32_t what)
{
    return recipient.notify == 0 || (recipient.notify & what) != 0;
}

delivery::Report report_about(const Message& message, std::int64_t age, delivery::Report::Kind kind, std::string to)
{
    delivery::Report report;
    report.kind = kind;
    report.ticket = message.ticket;
    report.envelope = message.envelope;
    report.to = std::move(to);
    report.size = message.size;
    report.age = age;
    return report;
}

}

std::uint32_t warnings_due(const std::vector<std::uint32_t>& schedule, std::int64_t age)
{
    if (schedule.empty() || schedule.front() == 0)
        return 0;
    std::uint32_t due = 0;
    for (const auto time : schedule)
        due += age >= time;
    if (due < schedule.size())
        return due;
    const std::int64_t last = schedule.back();
    const std::int64_t interval = schedule.size() == 1 ? last : last - schedule[schedule.size() - 2];
    return interval <= 0 ? due : due + static_cast<std::uint32_t>((age - last) / interval);
}

std::int64_t warning_time(const std::vector<std::uint32_t>& schedule, std::uint32_t number)
{
    if (number == 0 || schedule.empty())
        return 0;
    if (number <= schedule.size())
        return schedule[number - 1];
    const std::int64_t last = schedule.back();
    const std::int64_t interval = schedule.size() == 1 ? last : last - schedule[schedule.size() - 2];
    return last + interval * static_cast<std::int64_t>(number - schedule.size());
}

// A bounce of a bounce is never made: what the null sender sent is frozen, or ignored when it is old or has
// been tried for as long as the rules say.
Reports::Verdict Reports::judge(const Message& message, const Piece& piece) const
{
    if (!wants(message.envelope.recipients[piece.recipient], mail::notify_failure))
        return Verdict::silent;
    if (piece.error_ignored || (piece.errors_to == "<>" && !message.envelope.sender.empty()))
        return Verdict::ignore;
    if (!message.envelope.sender.empty())
        return Verdict::report;
    const bool is_old = core_.age(message) >= core_.parameters.ignore_bounce_errors_after;
    return is_old || piece.timed_out ? Verdict::ignore : Verdict::freeze;
}

// As Exim lists them.
std::vector<Piece*> Reports::last_first(Message& message, PieceState state)
{
    std::vector<Piece*> found;
    for (auto& piece : message.pieces)
        if (piece.state == state && !piece.recorded)
            found.push_back(&piece);
    std::ranges::sort(found, std::ranges::greater{}, &Piece::failed_as);
    return found;
}

void Reports::leave_untold(Message& message, Piece& piece, std::string_view why)
{
    core_.say(message, piece, ignored_line(message.id.view(), settle_.line_address(message, piece)) + std::string(why));
    message.finish(piece);
    piece.state = PieceState::discarded;
}

// As Exim does it: the failure at hand with all that go to the same address, then the next one that is left.
void Reports::failures(Message& message, std::vector<QueueId>& made, const Precede& precede)
{
    struct Told {
        Piece* first;
        Verdict verdict;
        std::vector<Piece*> pieces;
    };
    std::vector<Told> all;
    std::unordered_map<std::string, std::size_t> by_address;
    for (auto* failed : last_first(message, PieceState::failed)) {
        const auto verdict = judge(message, *failed);
        const auto place = verdict == Verdict::report ? by_address.try_emplace(message.report_to(*failed), all.size()).first->second : all.size();
        if (place == all.size())
            all.push_back({failed, verdict, {}});
        all[place].pieces.push_back(failed);
    }
    for (const auto& one : all) {
        switch (one.verdict) {
        case Verdict::report:
            for (std::span<Piece* const> rest = one.pieces; !rest.empty(); rest = rest.subspan(std::min(rest.size(), most_failures))) {
                report_to(message, message.report_to(*one.first), rest.first(std::min(rest.size(), most_failures)), made);
                precede(made);
            }
            break;
        case Verdict::ignore:
            leave_untold(message, *one.first, {});
            break;
        case Verdict::silent:
            leave_untold(message, *one.first, ": RFC 3461 DSN, failure notify not requested");
            break;
        case Verdict::freeze:
            message.freeze = true;
            // A trusted caller's null sender is as good as our own.
            message.freeze_why = message.envelope.sender_set_by_caller && !message.envelope.origin.trusted ? null_sender_text
                                                                                                         : bounce_text;
        }
    }
}

void Reports::report_to(Message& message, const std::string& address, std::span<Piece* const> pieces,
                        std::vector<QueueId>& made)
{
    auto report = report_about(message, core_.age(message), delivery::Report::Kind::failure, address);
    std::map<std::uint32_t, std::uint32_t> told; // by recipient: how many of its pieces this report is about
    for (const auto* piece : pieces)
        ++told[piece->recipient];
    for (const auto* piece : pieces) {
        report.failures.push_back(*piece->failure);
        if (piece->hidden) // bounce says that it is not told
            report.failures.back().address.clear();
        report.failures.back().completes = told[piece->recipient] == message.open[piece->recipient];
    }
    report.copies = copies_of(message, address);
    auto sent = send(message, report);
    if (!sent) {
        for (auto* piece : pieces)
            settle_.troubled(message, *piece, "bounce: " + sent.error().text);
        message.troubled = true;
        const bool for_good = sent.error().blame == Blame::permanent;
        log::warning(message.id.text() + ": report to " + escape(address) + ": " + sent.error().text +
                     (for_good ? "; frozen" : "; trying again soon"));
        if (for_good && !message.freeze) {
            message.freeze = true;
            message.freeze_why = "its report cannot be made: " + sent.error().text;
        }
        return;
    }
    if (!sent->empty())
        made.push_back(*sent);
    for (const auto& failure : report.failures)
        if (failure.completes)
            message.recorded[failure.recipient] = true;
    reported(message, pieces);
}

// Addresses below a recipient of which something is left are recorded by us, the rest with the report.
void Reports::reported(Message& message, std::span<Piece* const> pieces)
{
    spoold::Record record{.kind = spoold::Record::Kind::recipients_done, .id = message.id.text()};
    for (auto* piece : pieces) {
        message.finish(*piece);
        piece->recorded = true;
        if (!message.is_done(piece->recipient) && !piece->unique.empty())
            record.children.push_back(piece->unique);
    }
    if (record.children.empty())
        return;
    if (auto written = recorder_.write(record); !written)
        log::warning(record.id + ": " + written.error().text);
}

// A copy is a courtesy: without it the bounce goes out all the same.
std::vector<std::string> Reports::copies_of(const Message& message, const std::string& to)
{
    if (!core_.parameters.has_errors_copy)
        return {};
    router::ExpandOption question{.section = "main", .instance = {}, .option = "errors_copy"};
    question.message_id = message.id.text();
    question.origin = message.envelope.origin;
    question.sender = message.envelope.sender;
    question.recipients = {to};
    const auto at = std::min(to.rfind('@'), to.size());
    question.facts = {{"local_part", to.substr(0, at)}, {"domain", to.substr(std::min(at + 1, to.size()))}};
    question.variables = message.envelope.variables;
    const auto answer = core_.links.router.call(question, core_.answer_deadline());
    auto copies = answer ? error_copies(answer->text, to, regex_) : Result<std::vector<std::string>>(answer.error());
    if (copies)
        return std::move(copies).take();
    log::warning(message.id.text() + ": errors_copy: " + copies.error().text);
    return {};
}

// A lost answer is no failure: the report may be committed, and then the spool says that its recipients are
// done. So it is asked before the report is made again.
Result<QueueId> Reports::send(const Message& message, delivery::Report report)
{
    using Kind = delivery::Report::Kind;
    if ((report.kind == Kind::failure && core_.parameters.expands_bounces) || (report.kind == Kind::delay && core_.parameters.expands_warnings))
        expand_items(message, report);
    Result<QueueId> failed = temporary("not tried");
    for (int tries = 0; tries < most_tries && !core_.stopping; ++tries) {
        auto reply = core_.links.bounce.call(report, core_.answer_deadline());
        if (reply)
            return QueueId{reply->id};
        failed = reply.error();
        // What a dead agent had begun is committed or lost after this pause.
        event::sleep_for(std::chrono::seconds(core_.parameters.report_pause));
        if (is_settled(message, report))
            return QueueId{};
    }
    return failed;
}

bool Reports::is_settled(const Message& message, const delivery::Report& report)
{
    if (report.kind != delivery::Report::Kind::failure || report.failures.empty())
        return false;
    auto now = recorder_.envelope(message.id);
    if (!now)
        return now.error().cause == Cause::not_found;
    auto envelope = spool::decode_envelope(now->entry.envelope);
    return envelope && std::ranges::all_of(report.failures, [&](const delivery::Failure& failure) {
               if (failure.recipient < envelope->recipients.size() && envelope->recipients[failure.recipient].done)
                   return true;
               return !failure.completes && std::ranges::count(envelope->done_children, failure.unique) > 0;
           });
}

void Reports::successes(Message& message, std::vector<QueueId>& made)
{
    if (message.envelope.sender.empty())
        return;
    const auto is_told = [](const Piece& piece) { return piece.state == PieceState::delivered && piece.failure; };
    if (std::ranges::none_of(message.pieces, is_told))
        return; // nearly always: before an envelope is copied
    auto report = report_about(message, core_.age(message), delivery::Report::Kind::success, message.envelope.sender);
    for (auto& piece : message.pieces) {
        if (!is_told(piece))
            continue;
        report.failures.push_back(*piece.failure);
        report.failures.back().completes = false;
        piece.failure.reset();
    }
    auto sent = send(message, std::move(report));
    if (!sent)
        log::warning(message.id.text() + ": report of success: " + sent.error().text);
    else
        made.push_back(*sent);
}

bool Reports::delay(Message& message, std::vector<QueueId>& made)
{
    const auto due = warnings_due(core_.parameters.delay_warning, core_.age(message));
    if (due <= message.envelope.warnings_sent || message.envelope.sender.empty())
        return false;
    const auto told = warning_time(core_.parameters.delay_warning, due);
    auto report = report_about(message, told, delivery::Report::Kind::delay, message.envelope.sender);
    for (const auto* waiting : last_first(message, PieceState::deferred)) {
        const auto& piece = *waiting;
        const auto& recipient = message.envelope.recipients[piece.recipient];
        if (!wants(recipient, mail::notify_delay))
            continue;
        report.failures.push_back({.recipient = piece.recipient,
                                   .address = piece.hidden ? std::string{} : piece.address,
                                   .original = recipient.address,
                                   .parent = piece.parent,
                                   .orcpt = recipient.orcpt,
                                   .text = piece.told,
                                   .unique = piece.unique,
                                   .completes = false});
    }
    if (report.failures.empty() || !delay_is_wanted(message))
        return false;
    auto sent = send(message, std::move(report));
    if (!sent) {
        log::warning(message.id.text() + ": delay warning: " + sent.error().text);
        return false;
    }
    made.push_back(*sent);
    message.envelope.warnings_sent = due;
    return true;
}

std::string how_frozen(const Message& message)
{
    constexpr std::string_view by_filter = "Frozen by the system filter";
    if (!message.freeze_line.starts_with(by_filter))
        return (message.freeze_why.empty() ? "" : " (" + message.freeze_why + ")") + ".\n";
    const auto said = std::string_view(message.freeze_line).substr(by_filter.size()); // ": text", if any
    return " by the system filter.\n" + (said.size() > 2 ? std::string(said.substr(2)) + ".\n" : "");
}

// Of a bounce that was made here nobody is told: that could go round for ever (manual 14.23, freeze_tell).
void Reports::frozen(const Message& message, std::vector<QueueId>& made)
{
    if (core_.parameters.freeze_tell.empty() || message.envelope.is_bounce)
        return;
    auto report = report_about(message, core_.age(message), delivery::Report::Kind::notice, core_.parameters.freeze_tell);
    report.subject = "Message frozen";
    report.text = "Message " + message.id.text() + " has been frozen" + how_frozen(message) + "The sender is <" +
                  escape(message.envelope.sender, true) + ">.\n\n";
    std::string waiting;
    for (const auto& piece : message.pieces) {
        if (piece.state != PieceState::deferred && piece.state != PieceState::failed)
            continue;
        const auto& original = message.envelope.recipients[piece.recipient].address;
        waiting += "  " + escape(piece.address, true);
        if (original != piece.address)
            waiting += " <" + escape(original, true) + ">";
        const auto& why = piece.failure ? piece.failure->text : piece.reason;
        waiting += (why.empty() ? "" : ": " + escape(why, true)) + "\n";
    }
    if (!message.freeze_line.empty()) // by the system filter, before anything was routed
        for (const auto& recipient : message.envelope.recipients)
            waiting += recipient.done ? "" : "  " + escape(recipient.address, true) + "\n";
    if (!waiting.empty())
        report.text += "The following address(es) have yet to be delivered:\n" + waiting;
    auto sent = send(message, std::move(report));
    if (!sent)
        log::warning(message.id.text() + ": freeze_tell: " + sent.error().text);
    else
        made.push_back(*sent);
}

QueueId Reports::frozen_on_arrival(const spoold::Entry& told)
{
    auto envelope = spool::decode_envelope(told.envelope);
    if (!envelope || envelope->is_bounce)
        return {};
    Message message;
    message.id = QueueId{told.id};
    message.ticket = told.ticket;
    message.size = told.size;
    message.envelope = std::move(*envelope);
    auto report = report_about(message, 0, delivery::Report::Kind::notice, core_.parameters.freeze_tell);
    report.subject = "Message frozen on arrival";
    report.text = "Message " + told.id + " was frozen on arrival by ACL.\nThe sender is <" +
                  escape(message.envelope.sender, true) + ">.\n";
    auto sent = send(message, std::move(report));
    if (sent)
        return *sent;
    log::warning(told.id + ": freeze_tell: " + sent.error().text);
    return {};
}

// What a main option says for a message; the asker adds its headers.
router::ExpandOption question_about(const Message& message, std::string option)
{
    router::ExpandOption question{.section = "main", .instance = {}, .option = std::move(option)};
    question.message_id = message.id.text();
    question.origin = message.envelope.origin;
    question.sender = message.envelope.sender;
    for (const auto& recipient : message.envelope.recipients)
        if (!recipient.done)
            question.recipients.push_back(recipient.address);
    question.variables = message.envelope.variables;
    question.size = message.shown_size();
    question.facts = {{"first_delivery", message.first ? "yes" : "no"}};
    return question;
}

// The texts of an administrator's file, as Exim expands them for each report (manual 50). Where that fails the report has
// the usual words: nobody's bounce waits for it.
void Reports::expand_items(const Message& message, delivery::Report& report)
{
    constexpr unsigned most_items = 6; // of a bounce; a warning has three
    const bool is_delay = report.kind == delivery::Report::Kind::delay;
    auto stored = recorder_.envelope(message.id, true);
    if (!stored)
        return log::warning(message.id.text() + ": its headers: " + stored.error().text + "; the report has the usual words");
    auto question = question_about(message, is_delay ? "warn_message_file" : "bounce_message_file");
    question.headers = std::move(stored->headers);
    std::string waiting;
    for (const auto& failure : report.failures)
        waiting += (waiting.empty() ? "" : ", ") + escape(failure.original.empty() ? failure.address : failure.original, true);
    question.facts = {{"bounce_recipient", report.to}, {"warn_message_recipients", std::move(waiting)}, {"warn_message_delay", config::delay_text(report.age)}};
    question.facts.push_back({"warnmsg_recipients", question.facts[1].value});
    question.facts.push_back({"warnmsg_delay", question.facts[2].value});
    question.facts.push_back({std::string(router::template_item_fact), {}});
    for (unsigned number = 0; number < most_items; ++number) {
        question.facts.back().value = std::to_string(number);
        auto answer = core_.links.router.call(question, core_.answer_deadline());
        if (!answer) {
            log::warning(message.id.text() + ": " + question.option + ": " + answer.error().text + "; the report has the usual words");
            return report.items.clear();
        }
        report.items.push_back(std::move(answer->text));
    }
}

// delay_warning_condition: a forced failure, an empty text, "0", "no" or "false" mean no.
bool Reports::delay_is_wanted(const Message& message)
{
    if (!core_.parameters.delay_warning_condition)
        return true;
    auto stored = recorder_.envelope(message.id, true);
    if (!stored)
        return false;
    auto question = question_about(message, "delay_warning_condition");
    question.headers = std::move(stored->headers);
    auto answer = core_.links.router.call(question, core_.answer_deadline());
    if (!answer) {
        log::warning(message.id.text() + ": delay_warning_condition: " + answer.error().text);
        return false; // asked again after the next attempt
    }
    const auto text = trim(answer->text);
    return !answer->forced_failure && !text.empty() && text != "0" && !same_nocase(text, "no") &&
           !same_nocase(text, "false");
}

}
