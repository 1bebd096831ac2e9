#include "cleanup/milters.h"

#include "cleanup/content.h"
#include "cleanup/milter_changes.h"
#include "cleanup/milter_words.h"
#include "cleanup/scan/protocol.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "router/etrn_protocol.h"

namespace gp::cleanup {
namespace {

using mail::MilterEvent;
using Verdict = mail::MilterVerdict;
using Kind = Verdict::Kind;

constexpr Duration beyond{5000}; // for scan to say that the time is over
constexpr std::size_t of_local_mail = 1; // in Parameters::milter_sets

event::Deadline in_seconds(std::uint32_t seconds)
{
    return event::Deadline::in(Duration{std::int64_t{seconds} * 1000} + beyond);
}

std::string_view action_name(mail::MilterDefault action)
{
    constexpr std::string_view names[] = {"accept", "reject", "tempfail", "quarantine", "shutdown"};
    return names[static_cast<std::size_t>(action)];
}

Kind kind_of(mail::MilterDefault action)
{
    if (action == mail::MilterDefault::reject)
        return Kind::reject;
    if (action == mail::MilterDefault::tempfail)
        return Kind::tempfail;
    return action == mail::MilterDefault::shutdown ? Kind::shut_down : Kind::go_on;
}

SubmitReply thrown_away(const Work& work, const std::string& why)
{
    log::main(work.envelope.id + " => blackhole (" + why + ")");
    SubmitReply reply;
    reply.taken = Taken::discarded;
    reply.state = work.state;
    return reply;
}

}

// What the client hears; a milter may word it itself.
SubmitReply refusal_of(const Verdict& verdict, const std::string& milter)
{
    const bool is_temporary = verdict.kind != Kind::reject;
    const std::string usual = is_temporary ? "Service unavailable - try again later" : "Command rejected";
    const auto code = verdict.code ? verdict.code : verdict.kind == Kind::shut_down ? 421u : is_temporary ? 451u : 550u;
    const auto text = verdict.text.empty() ? usual : verdict.text;
    const std::string enhanced = !verdict.enhanced.empty() ? verdict.enhanced : is_temporary ? "4.7.1" : "5.7.1";
    auto reply = refusal(code, enhanced, text, "milter " + escape(milter) + ": " + replace_all(text, "\n", " "));
    reply.drop = verdict.kind == Kind::shut_down;
    return reply;
}

bool MilterBreaker::rests(const std::string& place, std::int64_t now) const
{
    const auto found = states_.find(place);
    return found != states_.end() && now < found->second.rests_until;
}

bool MilterBreaker::failed(const std::string& place, std::int64_t now, std::uint32_t most, std::uint32_t pause)
{
    auto& state = states_[place];
    ++state.failures;
    if (most == 0 || state.failures < most || now < state.rests_until)
        return false;
    state.rests_until = now + pause; // then one more failure is enough
    return true;
}

MilterSession::MilterSession(MilterDesk& desk, const mail::MilterSet& set) : desk_(desk), daemon_name_(set.daemon_name)
{
    for (const auto& milter : set.milters)
        parties_.push_back({.milter = milter, .place = milter.places.front(), .scan = nullptr});
}

MilterSession::~MilterSession()
{
    for (auto& party : parties_)
        drop(party);
}

void MilterSession::drop(Party& party)
{
    if (party.scan && party.scan->is_open())
        party.scan->send(scan::DropMilter{party.talk});
    party.scan.reset();
}

void MilterSession::end(bool only_message)
{
    discarded_by_.clear();
    quarantined_by_.clear();
    if (only_message && !std::exchange(in_message_, false))
        return;
    for (auto& party : parties_) {
        if (!party.scan)
            continue;
        const scan::EndMilter question{.talk = party.talk, .only_message = only_message};
        const auto channel = party.scan;
        const auto ended = channel->call(question, in_seconds(party.milter.command_timeout));
        if (!ended)
            drop(party);
        else if (!only_message)
            party.scan.reset();
    }
}

Status MilterSession::begin(Party& party, const std::string& place)
{
    const auto& milter = party.milter;
    const router::OpenMilter connect{.place = place, .timeout_ms = milter.connect_timeout * 1000};
    auto opened = TRY(desk_.services.router.call(connect, in_seconds(milter.connect_timeout)));
    scan::BeginMilter question;
    question.server = opened.server;
    question.command_ms = milter.command_timeout * 1000;
    question.content_ms = milter.content_timeout * 1000;
    question.answer_limit = desk_.parameters.milter_answer_limit;
    question.talks_max = desk_.parameters.milter_sessions_max;
    auto channel = TRY(desk_.services.scan.pick(in_seconds(milter.command_timeout)));
    party.talk = TRY(channel->call(question, in_seconds(milter.command_timeout))).talk;
    party.scan = std::move(channel);
    party.place = place;
    return {};
}

// The first place that is there and negotiates.
Status MilterSession::open(Party& party)
{
    Error why = temporary("it is left alone for a while (milter_failures_max)");
    for (const auto& place : party.milter.places) {
        if (desk_.breaker.rests(place, desk_.clock.seconds()))
            continue;
        party.place = place;
        const auto begun = begin(party, place);
        if (begun)
            return {};
        why = begun.error();
        if (&place == &party.milter.places.back())
            break;
        note_failure(party, why, "its fallback is asked");
    }
    return why;
}

// What holds in place of its word.
Verdict MilterSession::instead(Party& party, const std::string& why)
{
    if (party.milter.default_action == mail::MilterDefault::quarantine)
        quarantined_by_ = "milter " + party.place + ": " + why;
    return {.kind = kind_of(party.milter.default_action)};
}

// One that is left alone has been told of already.
void MilterSession::note_failure(const Party& party, const Error& error, const std::string& what_now)
{
    const auto& parameters = desk_.parameters;
    const auto now = desk_.clock.seconds();
    if (desk_.breaker.rests(party.place, now))
        return;
    log::main("milter " + escape(party.place) + ": " + escape(error.text, true) + "; " + what_now);
    if (desk_.breaker.failed(party.place, now, parameters.milter_failures_max, parameters.milter_retry))
        log::alarm("milter " + escape(party.place) + " has failed too often and is left alone for " + std::to_string(parameters.milter_retry) + "s");
}

Verdict MilterSession::failed(Party& party, const Error& error)
{
    drop(party);
    party.has_failed = true;
    note_failure(party, error, "milter_default_action=" + std::string(action_name(party.milter.default_action)));
    return instead(party, error.text);
}

Verdict MilterSession::tell(Party& party, const MilterQuestion& question)
{
    if (party.has_failed)
        return instead(party, "it has failed in this session");
    if (!party.scan)
        if (const auto opened = open(party); !opened)
            return failed(party, opened.error());
    scan::TellMilter message;
    message.talk = party.talk;
    message.event = question.event;
    message.arguments = milter_arguments(question);
    message.macros = milter_macros(question, desk_.parameters, daemon_name_);
    const auto channel = party.scan;
    auto verdict = channel->call(message, in_seconds(party.milter.command_timeout));
    return verdict ? std::move(verdict).take() : failed(party, verdict.error());
}

MilterAnswer MilterSession::tell(const MilterQuestion& question)
{
    if (question.event == MilterEvent::mail) {
        discarded_by_.clear();
        in_message_ = true;
    }
    if (!discarded_by_.empty())
        return {};
    for (auto& party : parties_) {
        auto verdict = tell(party, question);
        if (verdict.is_refusal())
            return {std::move(verdict), party.place};
        if (verdict.kind == Kind::discard) {
            discarded_by_ = party.place;
            return {};
        }
    }
    return {};
}

Result<Verdict> MilterSession::give(Party& party, Work& work)
{
    scan::GiveMilter message;
    message.talk = party.talk;
    message.headers = headers_for_milters(work);
    message.macros = milter_macros_of_message(work.envelope.id, work.envelope, desk_.parameters);
    TRY(put_body(work, message));
    // Somewhat sooner than whoever waits for us: what they hear should be our word.
    const auto whole = std::max(desk_.parameters.cleanup_timeout * 9 / 10, 1u);
    message.timeout_ms = whole * 1000;
    const auto channel = party.scan;
    auto reply = TRY(channel->call(message, in_seconds(whole)));
    TRY(apply_changes(work, reply.changes, party.place));
    return std::move(reply.verdict);
}

Ended MilterSession::give(Work& work)
{
    if (!discarded_by_.empty())
        return thrown_away(work, "milter " + escape(discarded_by_) + " discarded the message");
    for (auto& party : parties_) {
        Verdict verdict;
        if (!party.scan) {
            verdict = instead(party, "it has failed in this session");
        } else if (auto given = give(party, work); given) {
            desk_.breaker.succeeded(party.place);
            verdict = std::move(given).take();
        } else {
            verdict = failed(party, given.error());
        }
        if (verdict.kind == Kind::discard)
            return thrown_away(work, "milter " + escape(party.place) + " discarded the message");
        if (verdict.is_refusal()) {
            auto reply = refusal_of(verdict, party.place);
            reply.state = work.state;
            reply.headers = work.headers.text();
            return reply;
        }
        if (work.envelope.recipients.empty())
            return thrown_away(work, "milter " + escape(party.place) + " removed all recipients");
    }
    in_message_ = false;
    if (work.frozen_by.empty())
        work.frozen_by = std::exchange(quarantined_by_, std::string{});
    return {};
}

std::shared_ptr<MilterSession> MilterDesk::session(ipc::Channel& from, std::uint64_t number) const
{
    const auto found = sessions_.find({from.id(), number});
    return found == sessions_.end() ? nullptr : found->second;
}

Result<MilterAnswer> MilterDesk::answer(const MilterQuestion& question, ipc::Channel& from)
{
    auto here = session(from, question.session);
    if (question.event == MilterEvent::connect && !here) {
        if (question.set == 0 || question.set > parameters.milter_sets.size())
            return permanent("there is no set of milters " + std::to_string(question.set));
        if (sessions_.size() >= parameters.milter_sessions_max)
            return temporary("more than " + std::to_string(parameters.milter_sessions_max) + " sessions with milters (milter_sessions_max)");
        here = std::make_shared<MilterSession>(*this, parameters.milter_sets[question.set - 1]);
        sessions_[{from.id(), question.session}] = here;
    }
    if (!here)
        return temporary("the session's milters are not known here");
    return here->tell(question);
}

Result<ipc::Done> MilterDesk::answer(const EndMilters& question, ipc::Channel& from)
{
    const auto here = session(from, question.session);
    if (!here)
        return ipc::Done{};
    if (!question.only_message)
        sessions_.erase({from.id(), question.session});
    here->end(question.only_message);
    return ipc::Done{};
}

void MilterDesk::forget_all_of(ipc::Channel& from)
{
    std::erase_if(sessions_, [&](const auto& entry) { return entry.first.first == from.id(); });
}

std::shared_ptr<MilterSession> MilterDesk::for_local(const mail::Envelope& envelope)
{
    const bool is_asked = parameters.milter_sets.size() > of_local_mail && !parameters.milter_sets[of_local_mail].milters.empty();
    if (!is_asked || !envelope.origin.local || envelope.is_bounce)
        return nullptr;
    return std::make_shared<MilterSession>(*this, parameters.milter_sets[of_local_mail]);
}

}
