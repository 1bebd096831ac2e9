#include "qmgr/filtering.h"

#include "common/log/log.h"
#include "qmgr/retry_questions.h"

namespace gp::qmgr {
namespace {

using End = router::SystemFiltered::End;

void each_left(Message& message, const auto& visit)
{
    for (std::uint32_t i = 0; i < message.envelope.recipients.size(); ++i)
        if (!message.is_done(i))
            visit(i, message.envelope.recipients[i].address);
}

std::string with_text(std::string_view what, const router::SystemFiltered& said)
{
    const auto& text = said.log_text.empty() ? said.text : said.log_text;
    return std::string(what) + (text.empty() ? "" : ": " + text);
}

}

void Filtering::trouble_all(Message& message, const std::string& why)
{
    log::warning(message.id.text() + ": system filter: " + why + "; trying again soon");
    each_left(message, [&](std::uint32_t i, const std::string& address) {
        settle_.troubled(message, message.add_piece(i, address), why);
    });
    message.troubled = true;
}

void Filtering::fail_all(Message& message, const std::string& why)
{
    each_left(message, [&](std::uint32_t i, const std::string& address) {
        settle_.cancelled(message, message.add_piece(i, address), why);
    });
}

void Filtering::defer_all(Message& message, std::string_view why)
{
    each_left(message, [&](std::uint32_t i, const std::string& address) {
        settle_.put_off(message, message.add_piece(i, address), why);
    });
}

bool Filtering::run(Message& message, router::Route request)
{
    each_left(message, [&](std::uint32_t i, const std::string& address) { request.targets.push_back({.index = i, .address = address}); });
    if (request.targets.empty())
        return true;
    message.filter_hangs_below = request.targets.front().index;
    auto answer = core_.links.router.call(router::RunSystemFilter{std::move(request)}, core_.answer_deadline());
    if (!answer) {
        trouble_all(message, answer.error().text);
        return false;
    }
    auto& steps = message.envelope.header_steps;
    message.is_edited |= !answer->header_steps.empty();
    steps.insert(steps.end(), answer->header_steps.begin(), answer->header_steps.end());
    message.filtered = std::make_unique<router::SystemFiltered>(std::move(answer).take());
    return obey(message);
}

// A freeze counts no more when an administrator has thawed the message (manual 47.5).
bool Filtering::obey(Message& message)
{
    const auto& said = *message.filtered;
    const auto remark = [&](const std::string& text) { core_.say(message, remark_line(message.id.view(), text)); };
    switch (said.end) {
    case End::broken:
        remark("Error in system filter: " + said.text);
        defer_all(message, "error in system filter"); // the next run finds it mended
        return false;
    case End::failed:
        remark(with_text("cancelled by system filter", said));
        fail_all(message, said.text.empty() ? "delivery cancelled" : said.text);
        return false;
    case End::deferred:
        remark(with_text("Delivery deferred by system filter", said));
        defer_all(message, "deferred by system filter");
        return false;
    case End::frozen:
        if (message.envelope.manual_thaw)
            return true;
        message.freeze = true;
        message.freeze_line = with_text("Frozen by the system filter", said);
        return false;
    case End::finished:
        break;
    }
    if (said.is_significant) {
        remark("original recipients ignored (system filter)");
        message.originals_ignored = true;
    }
    return !said.is_significant;
}

void Filtering::add_own(Message& message, Grouping& grouping)
{
    if (!message.filtered)
        return;
    const auto said = std::move(message.filtered);
    const auto below = message.filter_hangs_below;
    if (!message.freeze_line.empty() || message.originals_ignored) // its own deliveries alone never complete a recipient
        ++message.open[below];
    const auto first = message.pieces.size();
    for (const auto& delivery : said->deliveries)
        grouping.add(below, delivery);
    ask_retry_lists(core_, message, [&] {
        std::vector<Grouping::Unplaced> unplaced;
        for (const auto& unrouted : said->unrouted)
            unplaced.push_back({below, unrouted});
        return retry_subjects_of(unplaced);
    });
    for (const auto& unrouted : said->unrouted)
        if (!grouping.is_done(unrouted.unique))
            settle_.unrouted(message, below, unrouted, true);
    for (auto at = first; at < message.pieces.size(); ++at) {
        message.pieces[at].of_filter = true;
        if (message.is_done(below) && !message.recorded[below] && message.open[below] > 0)
            message.envelope.recipients[below].done = false;
    }
}

}
