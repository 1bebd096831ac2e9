#include "common/dmarc/check.h"

#include <algorithm>

#include "common/base/text.h"

namespace gp::dmarc {
namespace {

// The only record of a domain; section 6.6.3: several are none.
Result<std::optional<Record>> record_of(dns::Resolver& resolver, const std::string& domain, event::Deadline until)
{
    const auto answer = TRY(resolver.lookup("_dmarc." + domain, dns::Type::txt, until));
    std::optional<std::string> only;
    for (const auto& text : answer.all<dns::Text>()) {
        const auto whole = text.joined();
        if (!is_record(whole))
            continue;
        if (only)
            return std::optional<Record>{};
        only = whole;
    }
    return only ? parse_record(*only) : std::optional<Record>{};
}

Status status_for(Policy policy)
{
    switch (policy) {
    case Policy::reject: return Status::reject;
    case Policy::quarantine: return Status::quarantine;
    case Policy::none: break;
    }
    return Status::none;
}

}

std::string_view name_of(Status status)
{
    constexpr std::string_view names[] = {"accept", "reject", "quarantine", "none", "norecord", "temperror"};
    return names[static_cast<std::size_t>(status)];
}

std::string_view words_of(Status status)
{
    constexpr std::string_view words[] = {"Accept", "Reject", "Quarantine", "None, Accept", "No DMARC record", "DNS lookup failed"};
    return words[static_cast<std::size_t>(status)];
}

Verdict check(dns::Resolver& resolver, const Suffixes& suffixes, const Question& question, event::Deadline until)
{
    const auto from = dns::normal_name(question.from);
    const auto organisation = suffixes.organisation_of(from);
    // Section 3.1: strictly the same domain, or one of the same organisation.
    const auto fits = [&](std::string_view domain, bool is_strict) {
        const auto name = dns::normal_name(domain);
        return !name.empty() && (name == from || (!is_strict && suffixes.organisation_of(name) == organisation));
    };
    Verdict verdict{.used_domain = from};
    auto record = record_of(resolver, from, until);
    const bool is_of_organisation = record && !*record && organisation != from;
    if (is_of_organisation) {
        verdict.used_domain = organisation;
        record = record_of(resolver, organisation, until);
    }
    if (!record) {
        verdict.status = Status::temperror;
        return verdict;
    }
    const Record rules = record->value_or(Record{});
    verdict.spf_fits = fits(question.spf, rules.strict_spf);
    verdict.dkim_fits = std::ranges::any_of(question.signers, [&](const auto& one) { return fits(one, rules.strict_dkim); });
    if (!*record)
        return verdict;
    verdict.declared = rules.policy;
    if (verdict.spf_fits || verdict.dkim_fits)
        verdict.status = Status::accept;
    else
        verdict.status = status_for(is_of_organisation ? rules.of_subdomains : rules.policy);
    return verdict;
}

}
