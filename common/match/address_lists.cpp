// Address lists (manual 10.20, 10.21): senders, recipients. The empty address is the null sender.

#include "common/base/text.h"
#include "common/config/list.h"
#include "common/match/detail/compiled.h"

namespace gp::match {
namespace {

// The chains of "@@" look-ups: "> key" at the end of what was found leads to the next one (manual 10.20).
constexpr unsigned longest_chain = 50;

struct Halves {
    std::string_view local, domain;
    bool has_at = false;
};

Halves halves_of(std::string_view address)
{
    const auto at = address.rfind('@');
    if (at == std::string_view::npos)
        return {address, {}, false};
    return {address.substr(0, at), address.substr(at + 1), true};
}

class Compiler {
public:
    Compiler(const Lists& lists, CompiledList& list, bool caseful, bool from_file)
        : lists_(lists), list_(list), caseful_(caseful), from_file_(from_file)
    {
    }

    Status add(std::string_view text)
    {
        bool is_negated = false;
        if (text.starts_with('!')) {
            is_negated = true;
            text = trim_left(text.substr(1));
        }
        if (text == "+caseful") {
            caseful_ = true;
            return {};
        }
        const auto place = static_cast<Place>(list_.items.size());
        list_.items.push_back({std::string(text), is_negated});
        list_.ends_negated = is_negated;
        return item(text, place);
    }

private:
    Status item(std::string_view text, Place place)
    {
        if (text.empty()) {
            if (auto& null = table().null; !null)
                null = place;
            return {};
        }
        if (text.starts_with('+'))
            return step(NamedStep{std::string(text.substr(1)), place});
        if (text.starts_with('/'))
            return step(FileStep{std::string(text), place});
        if (text.starts_with('^')) {
            list_.items[place].text.clear(); // Exim gives no value for these
            auto regex = TRY(lookup::Regex::compile(text, caseful_ ? lookup::Regex::none : lookup::Regex::caseless));
            return step(WholeRegexStep{std::move(regex), place});
        }
        if (text.starts_with("@@"))
            return add_local_list(text.substr(2), place);
        // A look-up of the whole address, unless the semicolon belongs to the domain half: user@lsearch;/file.
        const auto semicolon = text.find(';');
        if (semicolon != std::string_view::npos && is_search_type(text.substr(0, semicolon)))
            if (auto found = TRY(parse_lookup_item(lists_.lookups(), text, list_.taint, false))) {
                found->type.partial.reset(); // partial matching of whole addresses means nothing
                return step(LookupStep{std::move(found->type), std::move(found->what), place});
            }
        return add_pattern(text, place);
    }

    // "lsearch*@" ends in an at-sign and is no local part.
    static bool is_search_type(std::string_view words)
    {
        const auto at = words.find('@');
        return at == std::string_view::npos || (at + 1 == words.size() && words.ends_with("*@")) ||
               words.find("*@,") != std::string_view::npos;
    }

    Status add_local_list(std::string_view text, Place place)
    {
        auto found = TRY(parse_lookup_item(lists_.lookups(), text, list_.taint, false));
        if (!found)
            return misconfigured("\"@@" + std::string(text) + "\" in an address list is not a lookup");
        return step(LocalListStep{std::move(found->type), std::move(found->what), caseful_, place});
    }

    // local@domain, *@domain, domain: simple ones go to the table.
    Status add_pattern(std::string_view text, Place place)
    {
        const auto halves = halves_of(text);
        const auto local = halves.has_at ? halves.local : std::string_view("*");
        const auto domain = halves.has_at ? halves.domain : text;
        if (!halves.has_at && !from_file_)
            list_.items[place].text = "@" + std::string(text);
        const bool any_local = local == "*";
        const bool plain_domain = domain.find_first_of("+/^@;!") == std::string_view::npos;
        if (plain_domain && any_local) {
            if (domain.starts_with('*'))
                table().domains.add_suffix(domain.substr(1), place);
            else
                table().domains.add_name(domain, place);
            return {};
        }
        if (plain_domain && !local.starts_with('*') && !domain.starts_with('*')) {
            table().whole.try_emplace((caseful_ ? std::string(local) : lower(local)) + '@' + lower(domain), place);
            return {};
        }
        auto domain_list = std::make_shared<CompiledList>();
        domain_list->kind = Kind::domain;
        domain_list->taint = list_.taint;
        compile_names(lists_, *domain_list, {std::string(domain)}, false);
        return step(HalvesStep{std::string(local), caseful_, List(std::move(domain_list)), place});
    }

    AddressTableStep& table()
    {
        if (list_.steps.empty() || !std::holds_alternative<AddressTableStep>(list_.steps.back()) ||
            list_.caseful.back() != caseful_) {
            AddressTableStep made;
            made.caseful = caseful_;
            (void)step(std::move(made));
        }
        return std::get<AddressTableStep>(list_.steps.back());
    }

    Status step(Step made)
    {
        list_.steps.push_back(std::move(made));
        list_.caseful.push_back(caseful_);
        return {};
    }

    const Lists& lists_;
    CompiledList& list_;
    bool caseful_, from_file_;
};

// An address in the spellings that items are compared with.
struct Subject {
    explicit Subject(std::string_view address) : halves(halves_of(address)), domain(lower(halves.domain))
    {
        caseful = std::string(halves.local);
        folded = lower(halves.local);
        if (halves.has_at) {
            caseful += '@' + domain;
            folded += '@' + domain;
        }
    }
    const std::string& spelled(bool with_case) const { return with_case ? caseful : folded; }
    std::string_view local(bool with_case) const
    {
        return std::string_view(spelled(with_case)).substr(0, halves.local.size());
    }
    bool is_null() const { return caseful.empty(); }

    Halves halves;
    std::string domain;
    std::string caseful, folded;
};

bool local_matches(std::string_view pattern, std::string_view local, bool caseful)
{
    if (pattern.starts_with('*'))
        return ends_with(local, pattern.substr(1), caseful);
    return caseful ? pattern == local : same_nocase(pattern, local);
}

Outcome run_table(const AddressTableStep& step, const Subject& subject)
{
    if (subject.is_null())
        return step.null ? Outcome::at(*step.null) : Outcome::no();
    if (!subject.halves.has_at)
        return Outcome::no();
    std::optional<Place> best;
    if (const auto at = step.whole.find(subject.spelled(step.caseful)); at != step.whole.end())
        best = at->second;
    if (const auto found = step.domains.find(subject.domain); found && (!best || found->place < *best))
        best = found->place;
    return best ? Outcome::at(*best) : Outcome::no();
}

Result<Outcome> run_halves(const Lists& lists, const HalvesStep& step, const Subject& subject, Asker& asker)
{
    if (!subject.halves.has_at || !local_matches(step.local, subject.local(step.caseful), step.caseful))
        return Outcome::no();
    const auto match = TRY(lists.domain(step.domain, subject.domain, asker));
    if (!match)
        return Outcome::no();
    // What matched is told half by half: "*@" and what a look-up or a named list found of the domain.
    Outcome out = Outcome::at(step.place);
    out.match.value = Text::clean(step.local + "@");
    out.match.value.append(match.value);
    out.has_value = true;
    return out;
}

// The local parts that a domain leads to, with those that "> key" at the end of the data leads on to.
Result<std::optional<std::vector<std::string>>> local_parts_for(const Lists& lists, const LocalListStep& step,
                                                                std::string key, Asker& asker)
{
    std::vector<std::string> out;
    for (unsigned link = 0; link < longest_chain; ++link) {
        const auto found =
            step.type.is_query()
                ? TRY(lists.lookups().query(step.type, step.what, asker.hooks()))
                : TRY(lists.lookups().find(step.type, step.what, Text::clean(key), asker.hooks()));
        if (!found.found && link == 0)
            return std::optional<std::vector<std::string>>();
        const auto items = config::split_list(found.value.text);
        out.insert(out.end(), items.begin(), items.end());
        if (out.empty() || !out.back().starts_with('>'))
            return std::optional(std::move(out));
        key = trim(std::string_view(out.back()).substr(1));
        out.pop_back();
    }
    return temporary("loop while following @@ in an address list: " + key);
}

Result<Outcome> run_local_list(const Lists& lists, const LocalListStep& step, const Subject& subject, Asker& asker)
{
    if (!subject.halves.has_at)
        return Outcome::no();
    const auto items = TRY(local_parts_for(lists, step, subject.domain, asker));
    if (!items)
        return Outcome::no();
    auto compiled = std::make_shared<CompiledList>();
    compiled->kind = Kind::local_part;
    compile_names(lists, *compiled, *items, step.caseful);
    const auto local = subject.local(step.caseful);
    return outcome_of(TRY(lists.local_part(List(std::move(compiled)), local, step.caseful, asker)), step.place);
}

// A look-up of a whole address has no wild part to tell of, whatever default it found (manual 10.20).
Outcome without_captures(Outcome outcome)
{
    outcome.match.captures.clear();
    outcome.match.has_captures = false;
    return outcome;
}

}

void compile_addresses(const Lists& lists, CompiledList& list, const std::vector<std::string>& items, bool caseful, bool from_file)
{
    Compiler compiler(lists, list, caseful, from_file);
    add_items(compiler, list, items);
}

Result<Match> Lists::address(const List& list, std::string_view address, Asker& asker) const
{
    if (!list)
        return Match::no();
    const Subject subject(address);
    const auto& compiled = list.compiled();
    const auto ask = [&](const List& inner) { return this->address(inner, address, asker); };
    // What has no domain is no address: only the null sender can match then.
    const bool is_address = subject.is_null() || subject.halves.has_at;
    return run_steps(compiled, [&](const Step& step, std::size_t index) -> Result<Outcome> {
        const bool caseful = compiled.caseful[index];
        const auto& spelled = subject.spelled(caseful);
        if (!is_address && !std::holds_alternative<NamedStep>(step)) // a name that nothing has is told all the same
            return Outcome::no();
        if (const auto* broken = std::get_if<BrokenStep>(&step))
            return broken->error;
        if (const auto* table = std::get_if<AddressTableStep>(&step))
            return run_table(*table, subject);
        if (const auto* regex = std::get_if<WholeRegexStep>(&step))
            return TRY(regex->regex.matches(spelled)) ? Outcome::at(regex->place) : Outcome::no();
        if (const auto* named = std::get_if<NamedStep>(&step))
            return run_named(*this, Kind::address, *named, caseful, false, spelled, asker, ask);
        if (const auto* file = std::get_if<FileStep>(&step))
            return run_file(*this, compiled, *file, caseful, ask);
        if (const auto* lookup = std::get_if<LookupStep>(&step))
            return without_captures(TRY(run_lookup(*this, *lookup, spelled, asker)));
        if (const auto* halves = std::get_if<HalvesStep>(&step))
            return run_halves(*this, *halves, subject, asker);
        if (const auto* local_list = std::get_if<LocalListStep>(&step))
            return run_local_list(*this, *local_list, subject, asker);
        return Outcome::no();
    });
}

}
