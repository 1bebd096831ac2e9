// Domain lists and local part lists (manual 10.9, 10.22), and the tables that other lists share with them.

#include "common/base/text.h"
#include "common/match/detail/compiled.h"

namespace gp::match {
namespace {

// "@mx_any/ignore=<;127.0.0.1;::1"
Result<std::optional<MxStep>> parse_mx(const Lists& lists, std::string_view item, std::string_view taint, Place place)
{
    struct Row {
        std::string_view word;
        MxStep::Which which;
    };
    static constexpr Row rows[] = {{"@mx_any", MxStep::Which::any},
                                   {"@mx_primary", MxStep::Which::primary},
                                   {"@mx_secondary", MxStep::Which::secondary}};
    for (const auto& row : rows) {
        if (!starts_nocase(item, row.word))
            continue;
        MxStep step{row.which, {}, place};
        const auto rest = item.substr(row.word.size());
        constexpr std::string_view ignore = "/ignore=";
        if (starts_nocase(rest, ignore))
            step.ignored = List::compile(lists, Kind::host, Text::from(std::string(rest.substr(ignore.size())), taint), false, true);
        else if (!rest.empty())
            continue;
        return std::optional<MxStep>(std::move(step));
    }
    return std::optional<MxStep>();
}

// Gathers simple items into tables and puts everything else between them.
class Compiler {
public:
    Compiler(const Lists& lists, CompiledList& list, bool caseful) : lists_(lists), list_(list), caseful_(caseful) {}

    Status add(std::string_view text)
    {
        bool is_negated = false;
        if (text.starts_with('!')) {
            is_negated = true;
            text = trim_left(text.substr(1));
        }
        const bool takes_case = list_.kind == Kind::local_part;
        if (takes_case && text == "+caseful") {
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
        if (text.starts_with('+'))
            return step(NamedStep{std::string(text.substr(1)), place});
        if (text.starts_with('/'))
            return step(FileStep{std::string(text), place});
        if (text.starts_with('*')) {
            table().add_suffix(text.substr(1), place);
            return {};
        }
        if (text.starts_with('^')) {
            auto regex = TRY(lookup::Regex::compile(text, caseful_ && list_.kind == Kind::local_part
                                                              ? lookup::Regex::none
                                                              : lookup::Regex::caseless));
            return step(RegexStep{std::move(regex), place});
        }
        if (text.starts_with('@') && list_.kind == Kind::domain)
            return special(text, place);
        if (auto found = TRY(parse_lookup_item(lists_.lookups(), text, list_.taint, false)))
            return step(LookupStep{std::move(found->type), std::move(found->what), place});
        table().add_name(text, place);
        return {};
    }

    Status special(std::string_view text, Place place)
    {
        if (text == "@") {
            list_.items[place].text = lists_.self().primary_hostname;
            table().add_name(lists_.self().primary_hostname, place);
            return {};
        }
        if (text == "@[]")
            return step(LiteralStep{place});
        if (auto mx = TRY(parse_mx(lists_, text, list_.taint, place)))
            return step(std::move(*mx));
        table().add_name(text, place);
        return {};
    }

    NameTable& table()
    {
        if (list_.steps.empty() || !std::holds_alternative<TableStep>(list_.steps.back()) ||
            list_.caseful.back() != caseful_)
            (void)step(TableStep{NameTable(caseful_ && list_.kind == Kind::local_part)});
        return std::get<TableStep>(list_.steps.back()).names;
    }

    Status step(Step made)
    {
        list_.steps.push_back(std::move(made));
        list_.caseful.push_back(caseful_);
        return {};
    }

    const Lists& lists_;
    CompiledList& list_;
    bool caseful_;
};

// $0 is the subject.
Outcome whole(Place place, std::string_view subject)
{
    Outcome out = Outcome::at(place);
    out.match.captures = {std::string(subject)};
    out.match.has_captures = true;
    return out;
}

// "[192.0.2.1]" with an address that is local for routing.
bool is_own_literal(const Self& self, std::string_view domain)
{
    if (!domain.starts_with('[') || !domain.ends_with(']'))
        return false;
    const auto address = net::Address::parse_literal(domain.substr(1, domain.size() - 2));
    return address && std::ranges::find(self.routing_addresses, *address) != self.routing_addresses.end();
}

// hosts_treat_as_local, which counts as much as an address of ours.
Result<Match> is_treated_as_local(const Lists& lists, std::string_view host, Asker& asker)
{
    if (lists.self().treated_as_local.empty())
        return Match::no();
    const NestedList nested(asker);
    if (nested.is_too_deep()) // it may have an @mx_… of its own
        return misconfigured("hosts_treat_as_local refers to itself, or lists are nested too deeply");
    const auto text = TRY(asker.expand(lists.self().treated_as_local));
    return lists.domain(List::compile(lists, Kind::domain, text), host, asker);
}

Result<Outcome> run_mx(const Lists& lists, const MxStep& step, std::string_view domain, Asker& asker)
{
    if (!lists.names())
        return temporary("no name server can be asked here");
    Status trouble; // of a list that cannot be matched
    Outcome out = Outcome::at(step.place);
    const auto matched = [&](Result<Match> match) {
        if (!match) {
            trouble = match.error();
            return false;
        }
        if (match->has_captures) {
            out.match.captures = match->captures;
            out.match.has_captures = true;
        }
        return match->matched;
    };
    MxQuestion question;
    question.is_ours = [&](std::string_view host, const net::Address& address) {
        const auto& own = lists.self().routing_addresses;
        return std::ranges::find(own, address) != own.end() || matched(is_treated_as_local(lists, host, asker));
    };
    if (step.ignored)
        question.is_ignored = [&](const net::Address& address) {
            return matched(lists.ip(step.ignored, address.text(), asker));
        };
    const auto standing = TRY(lists.names()->mx_standing(domain, question));
    TRY(trouble);
    const bool matches = step.which == MxStep::Which::any       ? standing.is_listed
                         : step.which == MxStep::Which::primary ? standing.is_best
                                                                : standing.is_listed && !standing.is_best;
    return matches ? out : Outcome::no();
}

}

void NameTable::add_name(std::string_view name, Place place)
{
    names_.try_emplace(folded(name), place);
}

void NameTable::add_suffix(std::string_view suffix, Place place)
{
    suffixes_.try_emplace(folded(suffix), place);
    if (std::ranges::find(lengths_, suffix.size()) == lengths_.end())
        lengths_.push_back(suffix.size());
}

std::optional<NameTable::Hit> NameTable::find(std::string_view subject) const
{
    std::optional<Hit> best;
    if (const auto at = names_.find(subject); at != names_.end())
        best = Hit{at->second, std::nullopt};
    for (const auto length : lengths_) {
        if (length > subject.size())
            continue;
        const auto at = suffixes_.find(subject.substr(subject.size() - length));
        if (at != suffixes_.end() && (!best || at->second < best->place))
            best = Hit{at->second, subject.size() - length};
    }
    return best;
}

bool ends_with(std::string_view subject, std::string_view suffix, bool caseful)
{
    return caseful ? subject.ends_with(suffix) : ends_nocase(subject, suffix);
}

Outcome hit(const NameTable::Hit& hit, std::string_view subject)
{
    Outcome out = whole(hit.place, subject);
    if (hit.wild) // manual 10.9: $0 is the whole, $1 what the asterisk stands for
        out.match.captures.emplace_back(subject.substr(0, *hit.wild));
    return out;
}

Result<Outcome> run_regex(const lookup::Regex& regex, Place place, std::string_view subject)
{
    std::vector<lookup::Regex::Span> groups;
    if (!TRY(regex.match(subject, groups)))
        return Outcome::no();
    Outcome out = Outcome::at(place);
    out.match.captures = lookup::captured(subject, groups);
    out.match.captures.front() = subject; // lists show the whole subject as $0
    out.match.has_captures = true;
    return out;
}

Result<Outcome> run_lookup(const Lists& lists, const LookupStep& step, std::string_view key, Asker& asker)
{
    const auto found = step.type.is_query()
                           ? TRY(lists.lookups().query(step.type, step.what, asker.hooks()))
                           : TRY(lists.lookups().find(step.type, step.what, Text::clean(std::string(key)), asker.hooks()));
    if (!found.found)
        return Outcome::no();
    Outcome out = Outcome::at(step.place);
    out.match.value = found.value;
    out.match.is_looked_up = true;
    out.has_value = true;
    if (found.is_partial) {
        out.match.captures = {std::string(), found.wild, found.fixed};
        out.match.has_captures = true;
    }
    return out;
}

Result<std::optional<LookupItem>> parse_lookup_item(const lookup::Lookups& lookups, std::string_view item,
                                                    std::string_view taint, bool allows_net)
{
    const auto semicolon = item.find(';');
    if (semicolon == std::string_view::npos)
        return std::optional<LookupItem>();
    auto words = trim(item.substr(0, semicolon));
    LookupItem out;
    if (allows_net && words.starts_with("net")) {
        auto rest = words.substr(3);
        unsigned mask = 0;
        const auto read = std::from_chars(rest.data(), rest.data() + rest.size(), mask);
        const bool has_mask = read.ec == std::errc{};
        rest.remove_prefix(static_cast<std::size_t>(read.ptr - rest.data()));
        if (rest.starts_with('-')) {
            out.by_address = true;
            if (has_mask)
                out.mask = mask;
            words = rest.substr(1);
        }
    }
    out.type = TRY(lookups.parse_type(words));
    out.what = Text::from(std::string(trim(item.substr(semicolon + 1))), taint);
    return std::optional<LookupItem>(std::move(out));
}

void compile_names(const Lists& lists, CompiledList& list, const std::vector<std::string>& items, bool caseful)
{
    Compiler compiler(lists, list, caseful);
    add_items(compiler, list, items);
}

// `subject` as it was given, and `folded` as it is compared where case does not count.
Result<Match> Lists::names(const List& list, std::string_view subject, std::string_view folded, Asker& asker) const
{
    if (!list)
        return Match::no();
    const auto& compiled = list.compiled();
    const auto ask = [&](const List& inner) { return names(inner, subject, folded, asker); };
    return run_steps(compiled, [&](const Step& step, std::size_t index) -> Result<Outcome> {
        if (const auto* broken = std::get_if<BrokenStep>(&step))
            return broken->error;
        const bool caseful = compiled.caseful[index];
        const auto text = caseful ? subject : folded;
        if (const auto* table = std::get_if<TableStep>(&step)) {
            const auto found = table->names.find(table->names.is_caseful() ? subject : folded);
            return found ? hit(*found, text) : Outcome::no();
        }
        if (const auto* regex = std::get_if<RegexStep>(&step))
            return run_regex(regex->regex, regex->place, subject);
        if (const auto* lookup = std::get_if<LookupStep>(&step))
            return run_lookup(*this, *lookup, text, asker);
        if (const auto* named = std::get_if<NamedStep>(&step))
            return run_named(*this, compiled.kind, *named, caseful, false, text, asker, ask);
        if (const auto* file = std::get_if<FileStep>(&step))
            return run_file(*this, compiled, *file, caseful, ask);
        if (const auto* mx = std::get_if<MxStep>(&step))
            return run_mx(*this, *mx, text, asker);
        if (const auto* literal = std::get_if<LiteralStep>(&step))
            return is_own_literal(self_, text) ? whole(literal->place, text) : Outcome::no();
        return Outcome::no();
    });
}

Result<Match> Lists::domain(const List& list, std::string_view domain, Asker& asker) const
{
    return names(list, domain, lower(domain), asker);
}

Result<Match> Lists::local_part(const List& list, std::string_view local_part, bool, Asker& asker) const
{
    return names(list, local_part, lower(local_part), asker);
}

}
