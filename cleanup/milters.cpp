#include "cleanup/milters.h"

#include <algorithm>
#include <iterator>

#include "cleanup/content.h"
#include "cleanup/milter_changes.h"
#include "cleanup/milter_words.h"
#include "cleanup/scan/protocol.h"
#include "common/base/counters.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/milter_reply.h"
#include "router/etrn_protocol.h"

namespace gp::cleanup {
namespace {

using mail::MilterEvent;
using Verdict = mail::MilterVerdict;
using Kind = Verdict::Kind;

constexpr Duration beyond{5000}; // for scan to say that the time is over
constexpr std::int64_t a_day = 24 * 3600 * 1000;
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

SubmitReply refusal_of(const Verdict& verdict, const std::string& milter)
{
    const auto words = mail::reply_of(verdict);
    auto reply = refusal(words.code, words.enhanced, words.text, "milter " + escape(milter) + ": " + replace_all(words.text, "\n", " "));
    reply.drop = words.closes;
    reply.is_trouble = words.is_temporary; // a program's mail waits for the milter, as Postfix's does
    return reply;
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
        if (!ended || only_message)
            continue;
        count("milters done");
        desk_.breaker.succeeded(party.place);
    }
}

Result<std::string> MilterSession::begin(Party& party, const std::string& place)
{
    const auto& milter = party.milter;
    const router::OpenMilter connect{.place = place, .timeout_ms = milter.connect_timeout * 1000};
    auto opened = TRY(desk_.services.router.call(connect, in_seconds(milter.connect_timeout)));
    if (!opened.failure.empty())
        return opened.failure;
    scan::BeginMilter question;
    question.server = opened.server;
    question.command_ms = milter.command_timeout * 1000;
    question.content_ms = milter.content_timeout * 1000;
    question.answer_limit = desk_.parameters.milter_answer_limit;
    question.talks_max = desk_.parameters.milter_sessions_max;
    auto channel = TRY(desk_.services.scan.pick(in_seconds(milter.command_timeout)));
    auto begun = TRY(channel->call(question, in_seconds(milter.command_timeout)));
    if (!begun.failure.empty())
        return begun.failure;
    party.talk = begun.talk;
    party.scan = std::move(channel);
    return std::string{};
}

// The first place that is there and negotiates, of those that are not left alone.
Result<std::string> MilterSession::open(Party& party)
{
    std::vector<std::string> places;
    std::ranges::copy_if(party.milter.places, std::back_inserter(places),
                         [&](const auto& place) { return !desk_.breaker.rests(place, desk_.clock.seconds()); });
    std::string why = "it is left alone for a while (milter_failures_max)";
    for (const auto& place : places) {
        party.place = place;
        why = TRY(begin(party, place));
        if (why.empty())
            return why;
        if (place != places.back())
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
void MilterSession::note_failure(const Party& party, const std::string& why, const std::string& what_now)
{
    const auto& parameters = desk_.parameters;
    const auto now = desk_.clock.seconds();
    if (desk_.breaker.rests(party.place, now))
        return;
    count("milters failed");
    log::main("milter " + escape(party.place) + ": " + escape(why, true) + "; " + what_now);
    if (desk_.breaker.failed(party.place, now, parameters.milter_failures_max, parameters.milter_retry))
        log::alarm("milter " + escape(party.place) + " has failed too often and is left alone for " + std::to_string(parameters.milter_retry) + "s");
}

Verdict MilterSession::failed(Party& party, const std::string& why)
{
    drop(party);
    party.has_failed = true;
    note_failure(party, why, "milter_default_action=" + std::string(action_name(party.milter.default_action)));
    return instead(party, why);
}

// Our own trouble says nothing about the milter: mail waits, whatever milter_default_action is.
Error MilterSession::lost(Party& party, const Error& error)
{
    drop(party);
    party.is_lost = true;
    return temporary("milter " + party.place + ": " + error.text);
}

Result<Verdict> MilterSession::say(Party& party, const MilterQuestion& question)
{
    if (!party.scan) {
        const auto opened = open(party);
        if (!opened)
            return lost(party, opened.error());
        if (!opened->empty())
            return failed(party, *opened);
    }
    scan::TellMilter message;
    message.talk = party.talk;
    message.event = question.event;
    message.arguments = milter_arguments(question);
    message.macros = milter_macros(question, desk_.parameters, daemon_name_);
    const auto channel = party.scan;
    auto said = channel->call(message, in_seconds(party.milter.command_timeout));
    if (!said)
        return lost(party, said.error());
    return said->failure.empty() ? std::move(said->verdict) : failed(party, said->failure);
}

// It hears of the client again, and of nothing that went before.
Result<Verdict> MilterSession::begin_anew(Party& party)
{
    party.is_lost = false;
    for (const auto* earlier : {&connect_, &helo_}) {
        if (!*earlier || party.has_failed)
            continue;
        auto verdict = TRY(say(party, **earlier));
        if (verdict.is_refusal())
            return verdict;
    }
    return Verdict{};
}

Result<Verdict> MilterSession::tell(Party& party, const MilterQuestion& question)
{
    if (party.is_lost && question.event != MilterEvent::mail)
        return temporary("milter " + party.place + ": its conversation was lost");
    if (party.is_lost)
        if (auto begun = TRY(begin_anew(party)); begun.is_refusal())
            return begun;
    if (party.has_failed)
        return instead(party, "it has failed in this session");
    return say(party, question);
}

Result<MilterAnswer> MilterSession::tell(const MilterQuestion& question)
{
    if (question.event == MilterEvent::mail) {
        discarded_by_.clear();
        in_message_ = true;
    } else if (question.event == MilterEvent::connect) {
        connect_ = question;
    } else if (question.event == MilterEvent::helo) {
        helo_ = question;
    }
    if (!discarded_by_.empty())
        return MilterAnswer{};
    for (auto& party : parties_) {
        auto verdict = TRY(tell(party, question));
        if (verdict.is_refusal())
            return MilterAnswer{std::move(verdict), party.place};
        if (verdict.kind == Kind::discard) {
            discarded_by_ = party.place;
            return MilterAnswer{};
        }
    }
    return MilterAnswer{};
}

Result<Verdict> MilterSession::give(Party& party, Work& work)
{
    if (party.has_failed)
        return instead(party, "it has failed in this session");
    if (!party.scan)
        return temporary("milter " + party.place + ": its conversation was lost");
    scan::GiveMilter message;
    message.talk = party.talk;
    message.headers = headers_for_milters(work);
    message.macros = milter_macros_of_message(work.envelope.id, work.envelope, desk_.parameters);
    TRY(put_body(work, message));
    const auto left = work.until.left();
    const bool is_short = left < Duration{std::int64_t{party.milter.content_timeout} * 1000}; // others took it
    message.timeout_ms = static_cast<std::uint32_t>(std::clamp<std::int64_t>(left.count(), 1, a_day));
    const auto channel = party.scan;
    auto reply = channel->call(message, event::Deadline::in(left + beyond));
    if (!reply)
        return lost(party, reply.error());
    if (!reply->failure.empty() && is_short && work.until.expired())
        return lost(party, temporary("no time is left for it (cleanup_timeout)"));
    if (!reply->failure.empty())
        return failed(party, reply->failure);
    desk_.breaker.succeeded(party.place);
    TRY(apply_changes(work, reply->changes, party.place));
    return std::move(reply->verdict);
}

Ended MilterSession::give(Work& work)
{
    if (!discarded_by_.empty())
        return thrown_away(work, "milter " + escape(discarded_by_) + " discarded the message");
    for (auto& party : parties_) {
        const auto verdict = give(party, work);
        if (!verdict) {
            auto reply = trouble(work, "milters", verdict.error());
            reply.state = work.state;
            return reply;
        }
        if (verdict->kind == Kind::discard)
            return thrown_away(work, "milter " + escape(party.place) + " discarded the message");
        if (verdict->is_refusal()) {
            auto reply = refusal_of(*verdict, party.place);
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
        here = std::make_shared<MilterSession>(*this, parameters.milter_sets[question.set - 1]);
        sessions_[{from.id(), question.session}] = here;
    }
    if (!here)
        return temporary("the session's milters are not known here");
    auto answer = here->tell(question);
    if (!answer && question.event == MilterEvent::connect)
        sessions_.erase({from.id(), question.session}); // whoever asked begins another one
    return answer;
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
