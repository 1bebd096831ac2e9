#include "common/lookup/detail/suffix_rules.h"

namespace gp::lookup {

SuffixRules::SuffixRules(std::string_view text)
{
    for (const auto line : gp::split(text, '\n')) {
        auto rule = trim(line);
        rule = rule.substr(0, rule.find_first_of(" \t"));
        if (rule.empty() || rule.starts_with("//"))
            continue;
        const auto kind = rule.starts_with("*.") ? wildcard : rule.starts_with('!') ? exception : plain;
        rule.remove_prefix(kind == wildcard ? 2 : kind == exception ? 1 : 0);
        rules_[lower(rule)] |= kind;
    }
}

unsigned SuffixRules::kinds_of(std::string_view name) const
{
    const auto found = rules_.find(name);
    return found == rules_.end() ? 0 : found->second;
}

SuffixRules::Split SuffixRules::split(std::string_view domain) const
{
    // `with` is the end of the domain that has one label more than `suffix`.
    std::string_view before, with = domain;
    while (with.starts_with('.'))
        with.remove_prefix(1);
    for (auto dot = with.find('.'); dot != with.npos; before = with, with = with.substr(dot + 1), dot = with.find('.')) {
        const auto suffix = with.substr(dot + 1);
        const auto kinds = kinds_of(suffix);
        if ((kinds & wildcard) && !(kinds_of(with) & exception))
            return {with, before};
        if (kinds & (plain | wildcard) || (kinds_of(with) & exception))
            return {suffix, with};
    }
    return {};
}

}
