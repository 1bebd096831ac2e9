#include "common/dmarc/record.h"

#include <array>
#include <utility>

#include "common/base/text.h"

namespace gp::dmarc {
namespace {

constexpr std::array<std::string_view, 3> names = {"none", "quarantine", "reject"}; // in the order of Policy

std::optional<Policy> policy_named(std::string_view name)
{
    for (std::size_t i = 0; i < names.size(); ++i)
        if (same_nocase(name, names[i]))
            return static_cast<Policy>(i);
    return std::nullopt;
}

// "name = value"
std::pair<std::string_view, std::string_view> tag_of(std::string_view text)
{
    const auto equals = text.find('=');
    if (equals == std::string_view::npos)
        return {trim(text), {}};
    return {trim(text.substr(0, equals)), trim(text.substr(equals + 1))};
}

bool asks_for_reports(std::string_view text)
{
    for (const auto part : split(text, ';'))
        if (const auto [name, value] = tag_of(part); same_nocase(name, "rua") && !value.empty())
            return true;
    return false;
}

}

std::string_view name_of(Policy policy)
{
    return names[static_cast<std::size_t>(policy)];
}

// Section 6.4: the version comes first, and its case counts.
bool is_record(std::string_view text)
{
    const auto [name, value] = tag_of(text.substr(0, text.find(';')));
    return name == "v" && value == "DMARC1";
}

std::optional<Record> parse_record(std::string_view text)
{
    if (!is_record(text))
        return std::nullopt;
    std::optional<Policy> policy, of_subdomains;
    bool is_wrong = false;
    Record record;
    for (const auto part : split(text, ';')) {
        const auto [name, value] = tag_of(part);
        if (same_nocase(name, "p") && !policy)
            is_wrong |= !(policy = policy_named(value));
        else if (same_nocase(name, "sp") && !of_subdomains)
            is_wrong |= !(of_subdomains = policy_named(value));
        else if (same_nocase(name, "adkim"))
            record.strict_dkim = same_nocase(value, "s");
        else if (same_nocase(name, "aspf"))
            record.strict_spf = same_nocase(value, "s");
    }
    // Section 6.6.3: without a policy that can be read, one that asks for reports says "none".
    if ((is_wrong || !policy) && !asks_for_reports(text))
        return std::nullopt;
    record.policy = is_wrong ? Policy::none : policy.value_or(Policy::none);
    record.of_subdomains = is_wrong ? Policy::none : of_subdomains.value_or(record.policy);
    return record;
}

}
