#include "conf/params/rules.h"

#include <array>

#include "common/base/text.h"
#include "common/config/value.h"

namespace gp::conf {
namespace {

using config::Line;
using config::Problems;

// Exim's bound for the factor of G and H is that it makes intervals grow.
constexpr std::int64_t least_factor = 1000;

constexpr std::array error_words = {
    std::string_view{"*"},
    std::string_view{"auth_failed"},
    std::string_view{"lookup"},
    std::string_view{"lost_connection"},
    std::string_view{"quota"},
    std::string_view{"refused"},
    std::string_view{"refused_A"},
    std::string_view{"refused_MX"},
    std::string_view{"timeout"},
    std::string_view{"timeout_A"},
    std::string_view{"timeout_MX"},
    std::string_view{"timeout_connect"},
    std::string_view{"timeout_connect_A"},
    std::string_view{"timeout_connect_MX"},
    std::string_view{"tls_required"},
};
constexpr std::string_view rewrite_letters = "bcEFfhQqRrSsTtw";

// The next field of a rule: quoted, or up to white space.
Result<std::string> take_field(std::string_view& rest)
{
    rest = trim_left(rest);
    if (rest.empty() || rest.front() != '"') {
        const auto end = std::min(rest.find_first_of(" \t"), rest.size());
        std::string field(rest.substr(0, end));
        rest.remove_prefix(end);
        return field;
    }
    std::size_t end = 1;
    while (end < rest.size() && rest[end] != '"')
        end += rest[end] == '\\' ? 2 : 1;
    if (end >= rest.size())
        return misconfigured("missing quote at the end of \"" + std::string(rest.substr(1)) + "\"");
    const std::string_view quoted = rest.substr(0, end + 1);
    rest.remove_prefix(end + 1);
    return config::parse_string(quoted);
}

// rcpt_4xx, mail_45x, data_421: a 4, then two digits, or one and x, or xx.
Status check_reply_code(std::string_view word)
{
    const std::string_view digits = word.substr(word.find('_') + 1);
    const auto is_x = [](char c) { return c == 'x' || c == 'X'; };
    const bool is_good = digits.size() == 3 && digits[0] == '4' &&
                         ((is_x(digits[1]) && is_x(digits[2])) ||
                          (is_digit(digits[1]) && (is_digit(digits[2]) || is_x(digits[2]))));
    if (is_good)
        return {};
    return misconfigured("\"" + std::string(word) + "\" must be 4xx, 4dx or 4dd after the underscore, where x is literal "
                                                    "and d is any digit");
}

Status check_error(std::string_view word)
{
    for (const auto known : error_words)
        if (same_nocase(word, known))
            return {};
    for (const std::string_view prefix : {"rcpt_", "mail_", "data_"})
        if (starts_nocase(word, prefix))
            return check_reply_code(word);
    if (starts_nocase(word, "quota_")) {
        if (!config::parse_time(word.substr(6)))
            return misconfigured("bad time value in \"" + std::string(word) + "\"");
        return {};
    }
    const auto meant = nearest(word, {error_words.begin(), error_words.end()});
    return misconfigured("unknown or malformed retry error \"" + std::string(word) + "\"" +
                         (meant.empty() ? "" : " (did you mean " + std::string(meant) + "?)"));
}

// An optional "senders = list" before the schedule.
Result<std::string> take_senders(std::string_view& rest)
{
    rest = trim_left(rest);
    std::string_view after = rest;
    if (!starts_nocase(after, "senders"))
        return std::string();
    after = trim_left(after.substr(7));
    if (after.empty() || after.front() != '=')
        return misconfigured("\"=\" expected after \"senders\"");
    rest = after.substr(1);
    return take_field(rest);
}

Result<RetryStep> parse_step(std::string_view text)
{
    std::vector<std::string> parts;
    for (const auto part : split(text, ','))
        parts.emplace_back(trim(part));
    RetryStep step;
    step.algorithm = parts[0].size() == 1 ? to_upper(parts[0][0]) : '?';
    if (step.algorithm != 'F' && step.algorithm != 'G' && step.algorithm != 'H')
        return misconfigured("unknown retry rule letter \"" + parts[0] + "\" (known are F, G, H)");
    const bool is_fixed = step.algorithm == 'F';
    if (parts.size() != (is_fixed ? 3u : 4u))
        return misconfigured(is_fixed ? "F wants two times: F,2h,15m" : "G and H want two times and a factor: G,16h,1h,1.5");
    step.until = TRY(config::parse_time(parts[1]));
    step.interval = TRY(config::parse_time(parts[2]));
    if (!is_fixed)
        step.factor = TRY(config::parse_fixed_point(parts[3]));
    if (step.interval <= Duration{})
        return misconfigured("bad parameters for retry rule: the interval must be longer than 0s");
    if (step.until <= Duration{})
        return misconfigured("bad parameters for retry rule: the time until which it counts must be longer than 0s");
    if (!is_fixed && step.factor < least_factor)
        return misconfigured("bad parameters for retry rule: the factor must be at least 1");
    return step;
}

Result<std::vector<RetryStep>> parse_steps(std::string_view text)
{
    std::vector<RetryStep> steps;
    const auto parts = split(text, ';');
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto part = trim(parts[i]);
        if (part.empty() && i + 1 == parts.size()) // a semicolon at the end, or no schedule at all
            break;
        steps.push_back(TRY(parse_step(part)));
    }
    return steps;
}

Result<RetryRule> parse_retry(const Line& line)
{
    std::string_view rest = line.text;
    RetryRule rule;
    rule.origin = line.origin;
    rule.pattern = TRY(take_field(rest));
    rule.error = TRY(take_field(rest));
    if (rule.error.empty())
        return misconfigured("missing error type in retry rule");
    TRY(check_error(rule.error));
    rule.senders = TRY(take_senders(rest));
    rule.steps = TRY(parse_steps(trim(rest)));
    return rule;
}

Result<RewriteRule> parse_rewrite(const Line& line)
{
    std::string_view rest = line.text;
    RewriteRule rule;
    rule.origin = line.origin;
    rule.pattern = TRY(take_field(rest));
    if (trim(rest).empty())
        return misconfigured("missing rewrite replacement string");
    rule.replacement = TRY(take_field(rest));
    for (const char c : rest) {
        if (c == ' ' || c == '\t')
            continue;
        if (rewrite_letters.find(c) == std::string_view::npos)
            return misconfigured(std::string("unknown rewrite flag character '") + c +
                                 "' (could be missing quotes round replacement item)");
        rule.flags += c;
    }
    const bool is_regex = rule.pattern.starts_with('^') || rule.pattern.starts_with("\\N^");
    if (rule.flags.find('S') != std::string::npos && !is_regex)
        return misconfigured("rewrite rule has the S flag but is not a regular expression");
    return rule;
}

template <class Rule>
std::vector<Rule> read_all(const std::vector<Line>& lines, Result<Rule> (*parse)(const Line&), Problems& problems)
{
    std::vector<Rule> rules;
    for (const auto& line : lines) {
        auto rule = parse(line);
        if (rule)
            rules.push_back(std::move(rule).take());
        else
            problems.error(line.origin, line.text, rule.error().text);
    }
    return rules;
}

}

std::vector<RetryRule> read_retry(const std::vector<Line>& lines, Problems& problems)
{
    return read_all(lines, parse_retry, problems);
}

std::vector<RewriteRule> read_rewrite(const std::vector<Line>& lines, Problems& problems)
{
    return read_all(lines, parse_rewrite, problems);
}

}
