// What a list text becomes. A list is steps; a step is a table of many simple items, or one item that
// needs work. Each item keeps its text, which is its value when it matches, and whether it was negated.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "common/base/text.h"
#include "common/lookup/regex.h"
#include "common/lookup/search_type.h"
#include "common/match/list.h"
#include "common/net/cidr.h"

namespace gp::match {

using Place = std::uint32_t; // of an item in its list

// Names and "*suffix" items; finds the first in the list's order, whatever their number.
class NameTable {
public:
    explicit NameTable(bool caseful) : caseful_(caseful) {}
    void add_name(std::string_view name, Place place);
    void add_suffix(std::string_view suffix, Place place); // without the asterisk
    struct Hit {
        Place place;
        std::optional<std::size_t> wild; // length of what the asterisk stands for
    };
    std::optional<Hit> find(std::string_view subject) const; // in lower case, unless the table is caseful
    bool is_caseful() const { return caseful_; }
    bool empty() const { return names_.empty() && suffixes_.empty(); }

private:
    using Places = std::unordered_map<std::string, Place, TextHash, std::equal_to<>>;
    std::string folded(std::string_view text) const { return caseful_ ? std::string(text) : lower(text); }

    bool caseful_;
    Places names_, suffixes_;
    std::vector<std::size_t> lengths_; // of suffixes, each once
};

// What to do when a host's name or address cannot be found out (manual 10.15, 10.17).
struct Unknowns {
    enum class Then { fail, include, ignore };
    Then unknown = Then::fail;
    enum class Defer { defer, include, ignore };
    Defer defer = Defer::defer;
};

// The steps. Domains and local parts (and domain halves of addresses):
struct TableStep {
    NameTable names;
};
struct RegexStep {
    lookup::Regex regex;
    Place place;
};
struct LookupStep { // of the subject itself, or a query
    lookup::SearchType type;
    Text what; // file or query
    Place place;
};
struct NamedStep { // +name
    std::string name;
    Place place;
};
struct FileStep { // /path
    std::string path;
    Place place;
    Unknowns unknowns = {}; // of a host list: what was said before the file counts in it too
};
struct MxStep { // @mx_any, @mx_primary, @mx_secondary
    enum class Which { any, primary, secondary } which;
    List ignored; // of addresses
    Place place;
};
struct LiteralStep { // @[] in a domain list
    Place place;
};

// Hosts:
struct NetworkStep {
    net::NetworkTable networks;
    std::optional<Place> anything; // "*"
    std::optional<Place> nothing;  // the empty item
    bool empty() const { return networks.empty() && !anything && !nothing; }
};
struct HostNameStep { // a name without wildcards: its addresses are looked up
    std::string name;
    Unknowns unknowns;
    Place place;
};
struct NamePatternStep { // *suffix, ^regex or a look-up of the host's name
    std::variant<std::string, lookup::Regex, LookupStep> pattern;
    Unknowns unknowns;
    Place place;
};
// A name where only addresses are compared: it is a name that nobody has.
struct NoAddressStep {
    Unknowns unknowns;
};
struct AddressLookupStep { // net24-lsearch;file
    lookup::SearchType type;
    Text file;
    std::optional<unsigned> mask;
    Place place;
};

// Addresses:
struct AddressTableStep {
    bool caseful = false;
    std::unordered_map<std::string, Place, TextHash, std::equal_to<>> whole; // local part as it is compared, @domain
    NameTable domains{false};     // any local part
    std::optional<Place> null;    // the empty item
    bool empty() const { return whole.empty() && domains.empty() && !null; }
};
struct WholeRegexStep {
    lookup::Regex regex;
    Place place;
};
struct HalvesStep { // local@domain-pattern where one half needs work
    std::string local; // may begin with an asterisk
    bool caseful = false;
    List domain;
    Place place;
};
struct LocalListStep { // @@lookup: what is found is a list of local parts
    lookup::SearchType type;
    Text what;
    bool caseful = false;
    Place place;
};

// An item that means nothing (an expression that does not compile, an unknown type of look-up), where the list ends: what
// stands in front of it decides first, and whoever comes here has the error (manual 10: items are tried in their order).
struct BrokenStep {
    Error error;
};

using Step = std::variant<BrokenStep, TableStep, RegexStep, LookupStep, NamedStep, FileStep, MxStep, LiteralStep, NetworkStep,
                          HostNameStep, NamePatternStep, NoAddressStep, AddressLookupStep, AddressTableStep, WholeRegexStep,
                          HalvesStep, LocalListStep>;

struct Item {
    std::string text; // the value of a match
    bool is_negated = false;
};

struct CompiledList {
    Kind kind = Kind::domain;
    std::string_view taint; // of the text that it was made from
    std::vector<Item> items;
    std::vector<Step> steps;
    std::vector<bool> caseful; // of each step: local parts are compared with their case
    bool ends_negated = false; // then everything that no item matches is in the set (manual 10.2)
    bool is_of_file = false;   // its items stand for the one that names the file
    bool addresses_only = false;
    bool looks_things_up = false; // some step is no table and no expression
};

// What one step says.
struct Outcome {
    enum class What { no, yes, stop_no, stop_yes } what = What::no; // stop: whatever items say, the answer is this
    Place place = 0;
    Match match;     // value and captures; an empty value that is not set means the item's text
    bool has_value = false;

    static Outcome no() { return {}; }
    static Outcome at(Place place)
    {
        Outcome out;
        out.what = What::yes;
        out.place = place;
        return out;
    }
};

// What the items of a file answer when one with "!" matched: the end of the whole list, which run_file() sees.
inline constexpr std::string_view file_says_no = "an item of a file says no";
// And when a name in it is not known: that ends the whole list too, whatever stands in front of the file's name.
inline constexpr std::string_view file_stops_with_no = "an item of a file ends the list with no";
inline constexpr std::string_view file_stops_with_yes = "an item of a file ends the list with yes";

// Runs the steps in order; `run` does one. Shared by all kinds.
template <class Run>
Result<Match> run_steps(const CompiledList& list, Run&& run)
{
    for (std::size_t i = 0; i < list.steps.size(); ++i) {
        Outcome outcome = TRY(run(list.steps[i], i));
        if (outcome.what == Outcome::What::no)
            continue;
        const bool stops = outcome.what == Outcome::What::stop_no || outcome.what == Outcome::What::stop_yes;
        if (stops && list.is_of_file)
            return permanent(std::string(outcome.what == Outcome::What::stop_no ? file_stops_with_no : file_stops_with_yes));
        if (outcome.what == Outcome::What::stop_no)
            return Match::no();
        if (outcome.what == Outcome::What::stop_yes) {
            Match match;
            match.matched = true;
            return match;
        }
        const auto& item = list.items[outcome.place];
        if (item.is_negated && list.is_of_file)
            return permanent(std::string(file_says_no));
        if (item.is_negated)
            return Match::no();
        Match match = std::move(outcome.match);
        match.matched = true;
        if (!outcome.has_value)
            match.value = Text::from(item.text, list.taint);
        return match;
    }
    Match match;
    match.matched = list.ends_negated;
    return match;
}

// "*" at the front: does the rest end the subject?
bool ends_with(std::string_view subject, std::string_view suffix, bool caseful);

// A look-up inside a list: "type;what". Nullopt when the text before the semicolon is no type. An unknown
// type is an error, for a list without it would mean something else.
struct LookupItem {
    lookup::SearchType type;
    Text what;
    bool by_address = false; // net-
    std::optional<unsigned> mask;
};
Result<std::optional<LookupItem>> parse_lookup_item(const lookup::Lookups& lookups, std::string_view item,
                                                    std::string_view taint, bool allows_net);

// Has a compiler add each item; the first that it cannot is the list's last.
template <class Compiler>
void add_items(Compiler& compiler, CompiledList& list, const std::vector<std::string>& items)
{
    for (const auto& item : items) {
        if (auto added = compiler.add(item); !added) {
            list.steps.push_back(BrokenStep{std::move(added).error()});
            list.caseful.push_back(false);
            return;
        }
    }
}

// The steps of each kind.
void compile_names(const Lists& lists, CompiledList& list, const std::vector<std::string>& items, bool caseful);
void compile_hosts(const Lists& lists, CompiledList& list, const std::vector<std::string>& items);
void compile_addresses(const Lists& lists, CompiledList& list, const std::vector<std::string>& items, bool caseful, bool from_file);

// One step that looks the subject up, or asks a query.
Result<Outcome> run_lookup(const Lists& lists, const LookupStep& step, std::string_view key, Asker& asker);
Result<Outcome> run_regex(const lookup::Regex& regex, Place place, std::string_view subject);
Outcome hit(const NameTable::Hit& hit, std::string_view subject);

inline Outcome outcome_of(const Match& match, Place place)
{
    if (!match)
        return Outcome::no();
    Outcome out = Outcome::at(place);
    out.match = match;
    out.has_value = true;
    return out;
}

// "/file" within a list; `ask(list)` matches the subject against what is in it.
template <class Ask>
Result<Outcome> run_file(const Lists& lists, const CompiledList& list, const FileStep& step, bool caseful, Ask&& ask)
{
    const List inner = TRY(lists.find_file(list.kind, step.path, caseful, list.addresses_only));
    const Result<Match> match = ask(inner);
    if (!match && match.error().text == file_says_no) // a no of a negated file is a yes (manual 10.3)
        return Outcome{.what = list.items[step.place].is_negated ? Outcome::What::stop_yes : Outcome::What::stop_no};
    if (!match && match.error().text == file_stops_with_no)
        return Outcome{.what = Outcome::What::stop_no};
    if (!match && match.error().text == file_stops_with_yes)
        return Outcome{.what = Outcome::What::stop_yes};
    return outcome_of(TRY(match), step.place);
}

// One list more within lists, while it lives.
class NestedList {
public:
    explicit NestedList(Asker& asker) : depth_(asker.nested_lists) { ++depth_; }
    ~NestedList() { --depth_; }
    NestedList(const NestedList&) = delete;
    NestedList& operator=(const NestedList&) = delete;
    bool is_too_deep() const { return depth_ > Asker::most_nested_lists; }

private:
    unsigned& depth_;
};

// "+name" within a list: the answer is remembered where the list is sure to be the same each time.
template <class Ask>
Result<Outcome> run_named(const Lists& lists, Kind kind, const NamedStep& step, bool caseful, bool addresses_only,
                          std::string_view subject, Asker& asker, Ask&& ask)
{
    auto* remembered = lists.may_remember(kind, step.name) ? asker.remembered() : nullptr;
    const std::string as = caseful ? step.name + " with case" : step.name;
    if (remembered)
        if (const auto* match = remembered->find(kind, as, subject))
            return outcome_of(*match, step.place);
    const NestedList nested(asker);
    if (nested.is_too_deep())
        return misconfigured("named list \"+" + step.name + "\" refers to itself, or lists are nested too deeply");
    const auto inner = lists.find_named(kind, step.name, caseful, addresses_only, asker);
    if (!inner && inner.error().cause == Cause::forced_fail)
        return Outcome::no(); // manual 10.1: the subject is then not in the list
    const Match match = TRY(ask(TRY(Result<List>(inner))));
    if (remembered)
        remembered->keep(kind, as, subject, match);
    return outcome_of(match, step.place);
}

}
