#include "router/callouts.h"

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "common/mail/alabel.h"
#include "common/mail/address.h"

namespace gp::router {
namespace {

using acl::Truth;
using remote::CalloutReply;
using remote::Learnt;

constexpr std::string_view address_good = "callout_positive_expire", address_bad = "callout_negative_expire",
                           domain_good = "callout_domain_positive_expire", domain_bad = "callout_domain_negative_expire";

constexpr unsigned usual_waits = 4;       // maxwait, in timeouts
constexpr unsigned answers_of_a_host = 12; // that a conversation can wait for, after maxwait has passed
constexpr Duration grace{10'000};

// Keys of what is remembered: D of a domain that takes no bounces, R that takes all, P its postmaster, A an address.
std::string key_of(char kind, std::string_view what, std::string_view sender = {})
{
    std::string key{kind, '/'};
    key += lower(mail::domain_of(what)).empty() ? lower(what) : std::string(mail::local_part_of(what)) + "@" + lower(mail::domain_of(what));
    if (!sender.empty())
        key += "/<" + std::string(sender) + ">";
    return key;
}

std::uint32_t milliseconds(Duration time)
{
    constexpr std::int64_t most = 3'600'000;
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(time.count(), 1, most));
}

std::string_view word_of(const CalloutReply& reply)
{
    switch (reply.refused_at) {
    case CalloutReply::At::connection:
    case CalloutReply::At::mail: return "mail";
    case CalloutReply::At::rcpt: return "recipient";
    case CalloutReply::At::postmaster: return "postmaster";
    }
    return {};
}

// Whom the delivery will name in MAIL: the message's sender, unless the transport has a return_path of its own.
std::string sender_of(const Delivery& delivery, std::string_view messages)
{
    if (delivery.return_path == "<>")
        return {};
    return delivery.return_path.empty() ? std::string(messages) : delivery.return_path;
}

Duration longest_of(const remote::Callout& question)
{
    return Duration{question.maxwait_ms} + Duration{question.connect_ms} + Duration{question.timeout_ms} * answers_of_a_host + grace;
}

CalloutOutcome old_refusal(std::string word, std::string details)
{
    return {.truth = Truth::no, .word = std::move(word), .details = details, .response = details, .is_old = true};
}

CalloutOutcome outcome_of(const CalloutReply& reply)
{
    CalloutOutcome out;
    if (reply.verdict == Learnt::yes) {
        out.word = reply.random == Learnt::yes ? "random" : "";
        out.is_taken = reply.address == Learnt::yes;
        return out;
    }
    out.log_text = reply.host_name.empty() ? reply.log_text
                                           : reply.host_name + " [" + reply.host_address + "] : " + reply.log_text;
    out.truth = reply.verdict == Learnt::no ? Truth::no : Truth::defer;
    if (out.truth == Truth::defer)
        return out;
    out.word = word_of(reply);
    out.response = reply.response.empty() ? reply.log_text : reply.response;
    if (reply.sent.empty()) { // it was not even asked
        out.word = "recipient";
        out.details = out.response;
        return out;
    }
    out.details = "Called:   " + reply.host_address + "\nSent:     " + reply.sent + "\nResponse: " + out.response;
    return out;
}

}

CalloutOutcome Callouts::ask(const Delivery& delivery, const acl::CalloutWish& wish, const About& about,
                             std::string_view sender, expand::Scene& scene)
{
    Plan plan{.wish = wish,
              .address = delivery.address,
              .domain = lower(mail::domain_of(delivery.address)),
              .sender = {},
              .random = wish.random,
              .postmaster = wish.postmaster_sender.has_value()};
    if (about.of_recipient && wish.use_sender)
        plan.sender = sender;
    else if (about.of_recipient && wish.use_transports_sender)
        plan.sender = sender_of(delivery, sender);
    else if (about.of_recipient && wish.use_postmaster)
        plan.sender = "postmaster@" + world_.ground().world.site.qualify_domain;
    else
        plan.sender = wish.header_sender;
    if (!wish.no_cache)
        if (auto known = known_already(plan))
            return std::move(*known);
    auto question = question_for(plan, delivery, scene);
    if (!question)
        return {.truth = Truth::defer, .log_text = question.error().text};
    question->requires_tls = about.of_recipient && about.requires_tls; // the sender's own hosts know him
    const auto reply = office_.call(*question, event::Deadline::in(longest_of(*question)));
    if (!reply)
        return {.truth = Truth::defer, .log_text = "the callout could not be made: " + reply.error().text};
    if (!wish.no_cache)
        learn(plan, *reply);
    auto outcome = outcome_of(*reply);
    outcome.held = reply->held;
    return outcome;
}

Result<remote::CalloutReply> CalloutOffice::call_again(const ipc::Fd&, const remote::Callout&, event::Deadline)
{
    return permanent("no connection is held here");
}

// The sender of MAIL is the one that the delivery will have.
Result<remote::CalloutReply> Callouts::begin(const Delivery& delivery, const Ask& ask)
{
    remote::Callout question;
    question.instruction = delivery;
    question.sender = sender_of(delivery, ask.sender);
    question.cut = true;
    question.smtputf8 = ask.origin.protocol.starts_with("utf8");
    question.eight_bit = ask.body == "8BITMIME";
    const auto until = event::Deadline::in(longest_of(question));
    return ask.cut ? office_.call_again(ask.cut, question, until) : office_.call(question, until);
}

// --- what is remembered ---

Duration Callouts::lifetime(std::string_view option) const
{
    return world_.configuration().main.all.time(option);
}

// "yes SECOND" or "no SECOND".
std::optional<OldVerdict> recall_verdict(CalloutOffice& office, const std::string& key, std::int64_t now)
{
    const auto value = office.recall(key);
    const auto words = split(value ? std::string_view(*value) : std::string_view{}, ' ');
    const auto second = words.size() == 2 ? parse_unsigned(words[1]) : Result<std::uint64_t>{permanent("")};
    if (!second)
        return std::nullopt;
    return OldVerdict{.is_good = words[0] == "yes", .age = std::chrono::seconds{now - static_cast<std::int64_t>(*second)}};
}

void remember_verdict(CalloutOffice& office, const std::string& key, bool is_good, std::int64_t now, Duration lifetime)
{
    office.remember(key, (is_good ? "yes " : "no ") + std::to_string(now), lifetime);
}

// It counts for as long as the configuration says today.
std::optional<bool> Callouts::recalled(const std::string& key, std::string_view good_for, std::string_view bad_for)
{
    const auto old = recall_verdict(office_, key, world_.ground().clock.seconds());
    if (!old || old->age > lifetime(old->is_good ? good_for : bad_for))
        return std::nullopt;
    return old->is_good;
}

std::optional<CalloutOutcome> Callouts::known_already(Plan& plan)
{
    if (plan.sender.empty() && recalled(key_of('D', plan.domain), domain_good, domain_bad) == false)
        return old_refusal("mail", "(result of an earlier callout reused).");
    if (plan.random) {
        const auto takes_all = recalled(key_of('R', plan.domain), domain_good, domain_good);
        if (takes_all == true)
            return CalloutOutcome{.word = "random", .is_old = true};
        plan.random = !takes_all;
    }
    if (plan.postmaster) {
        const auto has_one = recalled(key_of('P', plan.domain), domain_good, domain_bad);
        if (has_one == false)
            return old_refusal("postmaster", "(result of earlier verification reused).");
        plan.postmaster = !has_one;
    }
    const auto is_taken = recalled(key_of('A', plan.address, plan.sender), address_good, address_bad);
    if (is_taken == false)
        return old_refusal("recipient", "Previous (cached) callout verification failure");
    if (is_taken == true && !plan.postmaster)
        return CalloutOutcome{.is_old = true, .is_taken = true};
    return std::nullopt;
}

void Callouts::note(const std::string& key, Learnt learnt, std::string_view good_for, std::string_view bad_for)
{
    if (learnt == Learnt::unknown)
        return;
    const bool is_good = learnt == Learnt::yes;
    remember_verdict(office_, key, is_good, world_.ground().clock.seconds(), lifetime(is_good ? good_for : bad_for));
}

// Only the null sender's refusal says something of all callouts to the domain (manual 44.48).
void Callouts::learn(const Plan& plan, const CalloutReply& reply)
{
    if (plan.sender.empty() && reply.refused_at == CalloutReply::At::mail && reply.mail == Learnt::no)
        note(key_of('D', plan.domain), Learnt::no, domain_good, domain_bad);
    note(key_of('R', plan.domain), reply.random, domain_good, domain_good);
    note(key_of('P', plan.domain), reply.postmaster, domain_good, domain_bad);
    note(key_of('A', plan.address, plan.sender), reply.address, address_good, address_bad);
}

// --- the question ---

Result<remote::Callout> Callouts::question_for(const Plan& plan, const Delivery& delivery, expand::Scene& scene) const
{
    const auto& wish = plan.wish;
    remote::Callout question;
    question.instruction = delivery;
    question.sender = plan.sender;
    question.postmaster = plan.postmaster;
    question.postmaster_sender = wish.postmaster_sender.value_or("");
    question.bare_postmaster = wish.bare_postmaster;
    question.hold = wish.hold;
    const auto protocol = scene.origin ? std::string_view(scene.origin->protocol) : std::string_view{};
    question.smtputf8 = !mail::is_ascii(plan.sender) || !mail::is_ascii(plan.address) || protocol.starts_with("utf8");
    question.timeout_ms = milliseconds(wish.timeout);
    question.connect_ms = wish.connect > Duration{0} ? milliseconds(wish.connect) : question.timeout_ms;
    question.maxwait_ms = milliseconds(wish.maxwait > Duration{0} ? wish.maxwait : wish.timeout * usual_waits);
    if (!plan.random)
        return question;
    const auto text = world_.configuration().main.all.expandable("callout_random_local_part").text;
    const auto words = TRY(world_.ground().language.parse(text)).expand(scene);
    if (!words)
        return temporary("failed to expand callout_random_local_part: " + words.error().text);
    if (!trim(words->text).empty())
        question.random = std::string(trim(words->text)) + "@" + plan.domain;
    return question;
}

}
