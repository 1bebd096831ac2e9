#include "qmgr/retry_questions.h"

#include <algorithm>

#include "common/log/log.h"
#include "qmgr/settle.h"
#include "router/retry_lists_protocol.h"

namespace gp::qmgr {
namespace {

constexpr std::size_t most_hosts_usually = 5; // hosts_max_try: beyond it Dispatch::lift_limit asks for the rules of all
constexpr std::size_t subjects_in_a_question = 50; // an answer that comes too late is lost whole

// The answers stand in the order of the question: all patterns for the first subject, then for the second …
void take_in(ListAnswers& answers, const router::MatchRetryLists& question, const router::MatchedRetryLists& reply)
{
    bool senders_known = true;
    for (std::size_t i = 0; i < question.senders.size(); ++i) {
        if (reply.senders[i] == router::cannot_tell)
            senders_known = false;
        else
            answers.keep(question.senders[i], question.sender, reply.senders[i] == router::is_in_list);
    }
    std::size_t at = 0;
    for (const auto& subject : question.subjects) {
        bool known = senders_known;
        for (const auto& pattern : question.patterns) {
            const auto answer = reply.patterns[at++];
            if (answer == router::cannot_tell)
                known = false;
            else
                answers.keep(pattern, subject, answer == router::is_in_list);
        }
        if (known)
            answers.settle(subject);
    }
}

// False when router cannot be asked now.
bool ask(Core& core, Message& message, const router::MatchRetryLists& question)
{
    auto reply = core.links.router.call(question, core.answer_deadline());
    const bool fits = reply && reply->senders.size() == question.senders.size() &&
                      reply->patterns.size() == question.patterns.size() * question.subjects.size();
    if (!fits) {
        log::warning(message.id.text() + ": retry rules: router: " + (reply ? "it answered something else" : reply.error().text));
        return false;
    }
    if (!reply->why.empty())
        log::warning(message.id.text() + ": retry rules: " + reply->why + "; what failed is tried again soon");
    take_in(*message.retry_answers, question, *reply);
    return true;
}

void add(std::vector<std::string>& subjects, std::string_view subject)
{
    if (!subject.empty())
        subjects.emplace_back(subject);
}

}

void ask_retry_lists(Core& core, Message& message, const std::function<std::vector<std::string>()>& subjects_of)
{
    const auto& rules = core.book->rules();
    if (!rules.asks_router())
        return;
    if (!message.retry_answers)
        message.retry_answers = std::make_unique<ListAnswers>();
    auto subjects = subjects_of();
    std::ranges::sort(subjects);
    subjects.erase(std::ranges::unique(subjects).begin(), subjects.end());
    std::erase_if(subjects, [&](const std::string& subject) { return message.retry_answers->knows(subject); });
    router::MatchRetryLists question{.patterns = rules.asked_patterns(), .senders = rules.asked_senders(),
                                     .subjects = {}, .sender = message.envelope.sender};
    for (std::size_t at = 0; at < subjects.size(); at += subjects_in_a_question) {
        const auto count = std::min(subjects_in_a_question, subjects.size() - at);
        const auto from = subjects.begin() + static_cast<std::ptrdiff_t>(at);
        question.subjects.assign(from, from + static_cast<std::ptrdiff_t>(count));
        if (!ask(core, message, question))
            return;
    }
}

std::vector<std::string> retry_subjects_of_recipients(const Core& core, const Message& message)
{
    std::vector<std::string> subjects;
    for (const auto& recipient : message.envelope.recipients) {
        const auto& address = recipient.address;
        const auto domain = domain_of(address);
        if (recipient.done || !(core.book->waits(routing_key(address)) || core.book->waits(routing_key(domain)) ||
                                core.book->waits(address_key(address, message.envelope.sender))))
            continue;
        add(subjects, address);
        add(subjects, domain);
    }
    return subjects;
}

std::vector<std::string> retry_subjects_of(const std::vector<Grouping::Unplaced>& unplaced)
{
    std::vector<std::string> subjects;
    for (const auto& one : unplaced)
        add(subjects, subject_of_key(one.what.retry_key.empty() ? routing_key(domain_of(one.what.address)) : one.what.retry_key));
    return subjects;
}

namespace {

void add_keys_of(std::vector<std::string>& subjects, const Message& message, const Piece& piece)
{
    add(subjects, piece.address);
    add(subjects, piece.domain);
    add(subjects, subject_of_key(address_key(piece.address, message.envelope.sender)));
    add(subjects, subject_of_key(routing_key(piece.address)));
    add(subjects, subject_of_key(local_retry_key(piece)));
}

}

namespace {

void add_hosts_of(std::vector<std::string>& subjects, const Core& core, const Message& message, const Group& group)
{
    const auto& instruction = group.request.instruction;
    std::size_t known = 0;
    for (const auto& host : instruction.hosts)
        known += host.addresses.size();
    const auto waits = [&](const router::Host& host) {
        return std::ranges::any_of(host.addresses, [&](const std::string& address) {
            const auto key = host_key_of(instruction, host.name, address, port_of(instruction, host));
            return core.book->waits(key) || core.book->waits(host_message_key(key, message.id.view()));
        });
    };
    bool any = false;
    for (const auto* hosts : {&instruction.hosts, &instruction.fallback_hosts})
        for (const auto& host : *hosts)
            if (known > most_hosts_usually || waits(host)) {
                add(subjects, host.name);
                any = true;
            }
    for (const auto piece : group.pieces)
        if (any)
            add(subjects, message.pieces[piece].domain);
}

}

std::vector<std::string> retry_subjects_of_deliveries(const Core& core, const Message& message)
{
    std::vector<std::string> subjects;
    if (core.book->size() == 0)
        return subjects;
    for (const auto& group : message.groups)
        add_hosts_of(subjects, core, message, group);
    for (const auto& piece : message.pieces)
        if (core.book->waits(address_key(piece.address, message.envelope.sender)) || core.book->waits(local_retry_key(piece)))
            add_keys_of(subjects, message, piece);
    return subjects;
}

std::vector<std::string> retry_subjects_of(const Message& message, const std::vector<std::uint32_t>& pieces, const delivery::DeliverReply& reply)
{
    std::vector<std::string> subjects;
    for (const auto& failure : reply.host_failures)
        add(subjects, failure.name);
    if (!reply.host_failures.empty() && !pieces.empty()) // for its domain the hosts' rules are looked for
        add(subjects, message.pieces[pieces.front()].domain);
    for (const auto& outcome : reply.outcomes)
        if (outcome.fate != delivery::Fate::delivered && outcome.target < pieces.size()) {
            add(subjects, outcome.host_name);
            add_keys_of(subjects, message, message.pieces[pieces[outcome.target]]);
        }
    return subjects;
}

}
