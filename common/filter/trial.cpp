#include "common/filter/trial.h"

namespace gp::filter {
namespace {

std::string_view name_of(Outcome::End end)
{
    switch (end) {
    case Outcome::End::failed:
        return "fail";
    case Outcome::End::deferred:
        return "defer";
    default:
        return "freeze";
    }
}

Tried failed(const Trial& trial, const Error& error)
{
    trial.print("Filter error: " + error.text);
    return {};
}

Tried try_filter(const Trial& trial)
{
    const auto filter = Filter::parse(trial.text, trial.words, trial.rules);
    if (!filter)
        return failed(trial, filter.error());
    auto outcome = filter->run(
        {.scene = trial.scene, .rules = trial.rules, .print = trial.print, .explain = trial.explain});
    if (!outcome)
        return failed(trial, outcome.error());
    if (outcome->end != Outcome::End::finished) {
        trial.print("Filtering ended by \"" + std::string(name_of(outcome->end)) + "\".");
    } else if (outcome->is_significant) {
        trial.print("Filtering set up at least one significant delivery or other action.");
        trial.print("No other deliveries will occur.");
    } else {
        trial.print("Filtering did not set up a significant delivery.");
        trial.print("Normal delivery will occur.");
    }
    return {true, std::move(outcome).take()};
}

std::string shown_item(const AliasItem& item, const std::string& domain)
{
    const bool is_bare = item.kind == AliasItem::Kind::address && !item.has_domain;
    return item.text + (is_bare ? "@" + domain : "");
}

Tried try_list(const Trial& trial)
{
    AliasRules rules;
    rules.addresses.allow_domain_literals = true;
    rules.read = trial.read;
    const auto list = parse_alias_list(trial.text, rules);
    if (!list) {
        std::string_view why = list.error().text;
        if (constexpr std::string_view lead = "error in redirect data: "; why.starts_with(lead))
            why.remove_prefix(lead.size());
        trial.print("exim: error in forward file: " + std::string(why));
        return {};
    }
    std::string generated;
    for (const auto& item : list->items) {
        if (item.kind == AliasItem::Kind::blackhole)
            trial.print("exim: forwardfile contains \":blackhole:\"");
        else if (item.kind != AliasItem::Kind::unknown)
            generated.insert(0, "\n  " + shown_item(item, trial.rules.qualify_domain)); // Exim's chain is newest first
    }
    if (generated.empty())
        trial.print("exim: no addresses generated from forward file");
    else
        trial.print("exim: forward file generated:" + generated);
    return {true, {}};
}

}

Tried try_out(const Trial& trial)
{
    const auto language = language_of(trial.text);
    const std::string_view kind = language == Language::sieve                              ? "Sieve filter"
                                  : language == Language::exim || trial.rules.is_system ? "Exim filter"
                                                                                           : "forward file";
    trial.print("Testing " + std::string(kind) + " file \"" + std::string(trial.file) + "\"\n");
    if (language == Language::exim || trial.rules.is_system)
        return try_filter(trial);
    return try_list(trial);
}

}
