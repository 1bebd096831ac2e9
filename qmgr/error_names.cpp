#include "qmgr/error_names.h"

#include <array>
#include <cerrno>
#include <cstring>

#include "common/base/duration.h"
#include "common/base/text.h"

namespace gp::qmgr {
namespace {

// One row for each word of ../shared/names/retry_errors.txt that has no parameter. A word without the kind
// of host or the phase matches those with it: `parents` lists the more general words.
struct Name {
    std::string_view word;
    std::int32_t number;
    std::array<std::string_view, 3> parents;
};

constexpr std::array names = {
    // clang-format off
    Name{"auth_failed",        error_auth_failed,  {}},
    Name{"lookup",             error_dns,          {}},
    Name{"lost_connection",    error_smtp_closed,  {}},
    Name{"quota",              error_quota,        {}},
    Name{"refused",            ECONNREFUSED,       {}},
    Name{"refused_A",          ECONNREFUSED,       {"refused"}},
    Name{"refused_MX",         ECONNREFUSED,       {"refused"}},
    Name{"timeout",            ETIMEDOUT,          {}},
    Name{"timeout_A",          ETIMEDOUT,          {"timeout"}},
    Name{"timeout_MX",         ETIMEDOUT,          {"timeout"}},
    Name{"timeout_connect",    ETIMEDOUT,          {"timeout"}},
    Name{"timeout_connect_A",  ETIMEDOUT,          {"timeout_connect", "timeout_A", "timeout"}},
    Name{"timeout_connect_MX", ETIMEDOUT,          {"timeout_connect", "timeout_MX", "timeout"}},
    Name{"tls_required",       error_tls_required, {}},
    // clang-format on
};

struct SmtpName {
    std::string_view prefix;
    std::int32_t number;
};
constexpr std::array smtp_names = {
    SmtpName{"mail_4", error_mail_4xx},
    SmtpName{"rcpt_4", error_rcpt_4xx},
    SmtpName{"data_4", error_data_4xx},
};

const Name* find(std::string_view word)
{
    for (const auto& name : names)
        if (same_nocase(name.word, word))
            return &name;
    return nullptr;
}

// "rcpt_452", "rcpt_45x", "rcpt_4xx"
const SmtpName* find_smtp(std::string_view word)
{
    const auto is_x = [](char c) { return to_lower(c) == 'x'; };
    for (const auto& name : smtp_names) {
        if (!starts_nocase(word, name.prefix) || word.size() != name.prefix.size() + 2)
            continue;
        const char tens = word[word.size() - 2], ones = word[word.size() - 1];
        const bool digits = (is_digit(tens) || is_x(tens)) && (is_digit(ones) || is_x(ones));
        return digits && !(is_x(tens) && !is_x(ones)) ? &name : nullptr;
    }
    return nullptr;
}

constexpr std::string_view quota_prefix = "quota_";

Result<Duration> quota_age(std::string_view word)
{
    return parse_duration(word.substr(quota_prefix.size()));
}

bool smtp_matches(std::string_view rule_word, std::string_view happened)
{
    if (rule_word.size() != happened.size())
        return false;
    for (std::size_t i = 0; i < rule_word.size(); ++i) {
        const bool wild = to_lower(rule_word[i]) == 'x' && (is_digit(happened[i]) || happened[i] == 'x');
        if (to_lower(rule_word[i]) != to_lower(happened[i]) && !wild)
            return false;
    }
    return true;
}

bool quota_matches(std::string_view rule_word, std::string_view happened)
{
    if (same_nocase(rule_word, "quota"))
        return true;
    if (!happened.starts_with(quota_prefix))
        return false; // nobody knows when the mailbox was read
    const auto wanted = quota_age(rule_word);
    const auto unread = quota_age(happened);
    return wanted && unread && *unread >= *wanted;
}

}

gp::Status check_error_name(std::string_view word)
{
    if (word == "*" || find(word) || find_smtp(word))
        return {};
    if (starts_nocase(word, quota_prefix) && quota_age(word))
        return {};
    return misconfigured("\"" + std::string(word) + "\" is no error that a retry rule can name");
}

bool error_matches(std::string_view rule_word, std::string_view happened)
{
    if (rule_word == "*" || same_nocase(rule_word, happened))
        return true;
    if (find_smtp(rule_word))
        return find_smtp(happened) && smtp_matches(rule_word, happened);
    if (starts_nocase(rule_word, "quota"))
        return happened.starts_with("quota") && quota_matches(rule_word, happened);
    const Name* name = find(happened);
    if (!name)
        return false;
    for (const auto parent : name->parents)
        if (!parent.empty() && same_nocase(parent, rule_word))
            return true;
    return false;
}

std::string precise_error_name(std::string_view word, std::uint32_t smtp_code)
{
    if (!word.ends_with("_4xx") || smtp_code < 400 || smtp_code > 499)
        return std::string(word);
    return std::string(word.substr(0, word.size() - 3)) + std::to_string(smtp_code);
}

std::int32_t error_number_of(std::string_view happened)
{
    if (const Name* name = find(happened))
        return name->number;
    if (const SmtpName* name = find_smtp(happened))
        return name->number;
    return happened.starts_with(quota_prefix) ? error_quota : 0;
}

std::string system_error_text(std::int32_t number)
{
    if (number <= 0)
        return {};
    char buffer[128];
    return ::strerror_r(number, buffer, sizeof buffer);
}

bool is_mere_wait(std::int32_t number)
{
    switch (number) {
    case error_held:
    case error_routing_retry:
    case error_local_retry:
    case error_host_retry:
    case error_queue_domain:
    case error_transport_busy:
        return true;
    default:
        return false;
    }
}

}
