#include "qmgr/retry_rules.h"

#include <algorithm>
#include <optional>

#include "common/base/duration.h"
#include "common/base/number.h"
#include "common/base/text.h"
#include "common/config/plain_pattern.h"
#include "qmgr/error_names.h"

namespace gp::qmgr {
namespace {

constexpr std::int64_t thousandths = 1000;

// Takes the next word, which may be in double quotes with backslashes inside.
Result<std::string> take_word(std::string_view& rest)
{
    rest = trim_left(rest);
    std::string word;
    if (!rest.starts_with('"')) {
        std::size_t end = 0;
        while (end < rest.size() && !is_space(rest[end]))
            ++end;
        word = rest.substr(0, end);
        rest.remove_prefix(end);
        return word;
    }
    std::size_t i = 1;
    for (; i < rest.size() && rest[i] != '"'; ++i) {
        if (rest[i] == '\\' && i + 1 < rest.size())
            ++i;
        word.push_back(rest[i]);
    }
    if (i == rest.size())
        return misconfigured("missing quote at end of line");
    rest.remove_prefix(i + 1);
    return word;
}

Result<std::int64_t> seconds_of(std::string_view text)
{
    const auto length = TRY(parse_duration(trim(text)));
    return std::chrono::duration_cast<std::chrono::seconds>(length).count();
}

// "1.5" in thousandths; up to three digits after the point count.
Result<std::int64_t> fixed_point(std::string_view text)
{
    text = trim(text);
    const auto point = text.find('.');
    auto number = TRY(parse_unsigned(text.substr(0, point)));
    if (number > 1'000'000)
        return misconfigured("factor \"" + std::string(text) + "\" is too large");
    std::int64_t value = static_cast<std::int64_t>(number) * thousandths;
    std::int64_t unit = thousandths / 10;
    for (std::size_t i = point == std::string_view::npos ? text.size() : point + 1; i < text.size();
         ++i, unit /= 10) {
        if (!is_digit(text[i]))
            return misconfigured("factor \"" + std::string(text) + "\" is no number");
        value += (text[i] - '0') * unit;
    }
    return value;
}

Result<RetryStep> parse_step(std::string_view text)
{
    const auto parts = split(text, ',');
    RetryStep step;
    const auto letter = trim(parts[0]);
    if (letter.size() != 1 || std::string_view("FGH").find(to_upper(letter[0])) == std::string_view::npos)
        return misconfigured("\"" + std::string(text) + "\" does not begin with F, G or H");
    step.algorithm = to_upper(letter[0]);
    const std::size_t wanted = step.algorithm == 'F' ? 3 : 4;
    if (parts.size() != wanted)
        return misconfigured("\"" + std::string(text) + "\" needs " + std::to_string(wanted - 1) +
                             " values after the letter");
    step.until = TRY(seconds_of(parts[1]));
    step.interval = TRY(seconds_of(parts[2]));
    if (step.algorithm != 'F')
        step.factor = TRY(fixed_point(parts[3]));
    if (step.until <= 0 || step.interval <= 0)
        return misconfigured("\"" + std::string(text) + "\": times must be greater than zero");
    if (step.algorithm != 'F' && step.factor < thousandths)
        return misconfigured("\"" + std::string(text) + "\": the factor must be at least 1");
    return step;
}

Result<RetryRule> parse_rule(std::string_view line, const RegexMatcher& regex)
{
    RetryRule rule;
    const auto pattern = TRY(take_word(line));
    if (config::is_for_router(pattern))
        rule.asked_pattern = pattern;
    else
        rule.pattern = TRY(AddressPattern::parse(pattern, regex));
    rule.error = TRY(take_word(line));
    if (rule.error.empty())
        return misconfigured("error name is missing");
    TRY(check_error_name(rule.error));
    line = trim_left(line);
    constexpr std::string_view senders = "senders=";
    if (line.starts_with(senders)) {
        line.remove_prefix(senders.size());
        rule.has_senders = true;
        const auto list = TRY(take_word(line));
        if (config::are_for_router(list))
            rule.asked_senders = list;
        else
            rule.senders = TRY(AddressPatternList::parse(list, regex));
    }
    for (const auto part : split(line, ';'))
        if (!trim(part).empty())
            rule.steps.push_back(TRY(parse_step(trim(part))));
    return rule;
}

void note(std::vector<std::string>& lists, const std::string& list)
{
    if (!list.empty() && std::ranges::find(lists, list) == lists.end())
        lists.push_back(list);
}

Fit asked(const ListAnswers* answers, std::string_view list, std::string_view subject)
{
    return answers ? answers->find(list, subject) : Fit::unknown;
}

Fit pattern_fits(const RetryRule& rule, std::string_view subject, const ListAnswers* answers)
{
    if (!rule.asked_pattern.empty())
        return asked(answers, rule.asked_pattern, subject);
    return rule.pattern.matches(subject) ? Fit::yes : Fit::no;
}

Fit sender_fits(const RetryRule& rule, std::string_view sender, const ListAnswers* answers)
{
    if (!rule.asked_senders.empty())
        return asked(answers, rule.asked_senders, sender);
    return !rule.has_senders || rule.senders.matches(sender) ? Fit::yes : Fit::no;
}

Fit either(Fit one, Fit other)
{
    if (one == Fit::yes || other == Fit::yes)
        return Fit::yes;
    return one == Fit::unknown ? one : other;
}

// The interval that ended with this failure: as it was planned, or as it was when somebody was faster.
std::int64_t last_interval(const RetryTimes& before, std::int64_t now)
{
    if (before.last_try == 0)
        return 0;
    return std::max<std::int64_t>(0, std::min(before.next_try, now) - before.last_try);
}

std::int64_t geometric(const RetryStep& step, std::int64_t previous, std::int64_t longest)
{
    std::int64_t interval = step.interval;
    while (interval <= previous && interval < longest) {
        const auto grown = interval * step.factor / thousandths;
        if (grown <= interval)
            return interval; // a factor of 1
        interval = grown;
    }
    return interval;
}

std::int64_t randomised(const RetryStep& step, std::int64_t previous, const Random& random)
{
    const auto most = previous * step.factor / thousandths;
    if (most <= step.interval)
        return step.interval;
    return step.interval + random(most - step.interval);
}

}

NextTry next_try(const RetryRule& rule, const RetryTimes& before, std::int64_t now, std::int64_t longest,
                 const Random& random)
{
    if (rule.steps.empty())
        return {.at = now, .expired = true};
    const auto failing = now - before.first_failed;
    const auto current =
        std::ranges::find_if(rule.steps, [&](const RetryStep& s) { return failing <= s.until; });
    const bool expired = current == rule.steps.end();
    const RetryStep& step = expired ? rule.steps.back() : *current;
    const auto previous = last_interval(before, now);
    std::int64_t interval = step.interval;
    if (step.algorithm == 'G')
        interval = geometric(step, previous, longest);
    if (step.algorithm == 'H')
        interval = randomised(step, previous, random);
    return {.at = now + std::min(interval, longest), .expired = expired};
}

Result<RetryRules> RetryRules::parse(const std::vector<std::string>& lines, const RegexMatcher& regex)
{
    RetryRules rules;
    for (const auto& line : lines) {
        auto rule = parse_rule(line, regex);
        if (!rule)
            return misconfigured("retry rule \"" + line + "\": " + rule.error().text);
        note(rules.asked_patterns_, rule->asked_pattern);
        note(rules.asked_senders_, rule->asked_senders);
        rules.rules_.push_back(std::move(rule).take());
    }
    return rules;
}

RetryRules::Found RetryRules::seek(std::string_view subject, std::string_view alternate, std::string_view error,
                                   std::string_view sender, const ListAnswers* answers) const
{
    for (const auto& rule : rules_) {
        if (!error_matches(rule.error, error))
            continue;
        const auto named = either(pattern_fits(rule, subject, answers), alternate.empty() ? Fit::no : pattern_fits(rule, alternate, answers));
        const auto sent = named == Fit::no ? Fit::no : sender_fits(rule, sender, answers);
        if (sent == Fit::no)
            continue;
        if (named == Fit::unknown || sent == Fit::unknown)
            return {.is_unknown = true};
        return {.rule = &rule};
    }
    return {};
}

std::int64_t RetryRules::longest_cutoff() const
{
    std::int64_t longest = 0;
    for (const auto& rule : rules_)
        longest = std::max(longest, rule.last_cutoff());
    return longest;
}

}
