#include "router/tally/ledger.h"

#include <charconv>
#include <cmath>

#include "common/base/text.h"

namespace gp::tally {
namespace {

constexpr std::uint64_t day = 24 * 3600;
constexpr double longest_quiet = 10.0; // periods after which a rate is forgotten: it has decayed to nothing

std::string text_of(double number)
{
    std::array<char, 64> room{};
    const auto end = std::to_chars(room.data(), room.data() + room.size(), number);
    return {room.data(), end.ptr};
}

std::optional<double> number_of(std::string_view text)
{
    double number = 0;
    const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
    if (end.ec != std::errc{} || end.ptr != text.data() + text.size() || !std::isfinite(number))
        return std::nullopt;
    return number;
}

// "EXPIRES TIME RATE"
struct Record {
    double time = 0, rate = 0;
};

std::optional<Record> record_of(const std::optional<std::string>& value)
{
    if (!value)
        return std::nullopt;
    const auto words = split(*value, ' ');
    if (words.size() != 3)
        return std::nullopt;
    const auto time = number_of(words[1]), rate = number_of(words[2]);
    if (!time || !rate)
        return std::nullopt;
    return Record{*time, *rate};
}

std::string cut(std::string_view key)
{
    return std::string(key.substr(0, longest_key));
}

}

Result<std::unique_ptr<Ledger>> Ledger::open(const std::string& directory, const Clock& clock)
{
    std::unique_ptr<Ledger> ledger{new Ledger(clock)};
    ledger->rates_ = TRY(hints::Store::open(directory + "/ratelimit"));
    ledger->seen_ = TRY(hints::Store::open(directory + "/seen"));
    ledger->callouts_ = TRY(hints::Store::open(directory + "/callout"));
    for (auto* store : {ledger->rates_.get(), ledger->seen_.get(), ledger->callouts_.get()})
        ledger->tidiers_.emplace_back(*store, [raw = ledger.get()](std::string_view, std::string_view value) { return raw->is_old(value); });
    return ledger;
}

double Ledger::now() const
{
    return static_cast<double>(clock_.now().time_since_epoch().count()) / 1e6;
}

bool Ledger::is_old(std::string_view value) const
{
    const auto expires = number_of(value.substr(0, value.find(' ')));
    return !expires || *expires < now();
}

// One that was seen in this period is not counted again.
bool Ledger::is_new_event(const Rate& question)
{
    if (question.unique.empty())
        return true;
    const auto key = cut("u/" + question.key + "/" + question.unique);
    const auto before = rates_->get(key);
    const bool is_new = !before || is_old(*before);
    if (is_new && !question.readonly)
        rates_->put(key, text_of(now() + static_cast<double>(question.period) / 1000));
    return is_new;
}

// An exponentially weighted mean over the period (manual 44.36): the rate of an event that comes alone is its own
// count, and never less.
RateReply Ledger::rate(const Rate& question)
{
    const auto key = cut("r/" + question.key);
    const double period = std::max(static_cast<double>(question.period) / 1000, 1e-3);
    const double limit = static_cast<double>(question.limit) / millionths;
    const double count = is_new_event(question) && !question.readonly ? static_cast<double>(question.count) / millionths : 0;
    const auto before = record_of(rates_->get(key));
    const double at = now();
    double rate = count;
    if (before) {
        const double part = std::max(at - before->time, 1e-6) / period;
        const double kept = std::exp(-part);
        rate = kept * before->rate - std::expm1(-part) / part * count;
        rate = std::max(rate, count);
    }
    const bool is_over = rate >= limit;
    if (!question.readonly && (question.strict || !is_over) && (count > 0 || !before))
        rates_->put(key, text_of(at + longest_quiet * period) + " " + text_of(at) + " " + text_of(rate));
    return {.rate = static_cast<std::uint64_t>(std::min(rate, 1e12) * millionths), .is_over = is_over};
}

SeenReply Ledger::seen(const Seen& question)
{
    const auto key = cut(question.key);
    const double at = now();
    const double tested = at - static_cast<double>(question.interval);
    const double kept_for = static_cast<double>(std::max(30 * day, question.refresh * 3));
    const auto write = [&](double time) { seen_->put(key, text_of(at + kept_for) + " " + text_of(time) + " 0"); };
    const auto before = record_of(seen_->get(key));
    const bool found = before && (question.before ? before->time <= tested : before->time >= tested);
    if (question.readonly)
        return {found};
    if (!before || question.write || !question.before)
        write(at);
    else if (found && at - before->time > static_cast<double>(question.refresh))
        write(tested);
    return {found};
}

RecallReply Ledger::recall(const Recall& question)
{
    const auto value = callouts_->get(cut(question.key));
    if (!value || is_old(*value))
        return {};
    const auto blank = value->find(' ');
    return {true, blank == std::string::npos ? std::string{} : value->substr(blank + 1)};
}

void Ledger::remember(const Remember& notice)
{
    callouts_->put(cut(notice.key), text_of(now() + static_cast<double>(notice.seconds)) + " " +
                                        notice.value.substr(0, longest_value));
}

void Ledger::flush()
{
    for (auto* store : {rates_.get(), seen_.get(), callouts_.get()})
        store->flush();
}

void Ledger::tidy(std::size_t most)
{
    for (auto& tidier : tidiers_)
        (void)tidier.step(most);
}

}
