// Host lists (manual 10.10 to 10.19): patterns for addresses are tried without asking anybody; names are
// looked up when the first pattern wants one.

#include "common/base/text.h"
#include "common/match/detail/compiled.h"
#include "common/match/unknown_in_list.h"

namespace gp::match {
namespace {

bool is_plain_name(std::string_view text)
{
    for (char c : text)
        if (!is_alnum(c) && c != '-' && c != '.' && c != '_')
            return false;
    return !text.empty();
}

class Compiler {
public:
    Compiler(const Lists& lists, CompiledList& list) : lists_(lists), list_(list) {}

    Status add(std::string_view text)
    {
        if (text.starts_with('+') && sets_unknowns(text))
            return {};
        bool is_negated = false;
        if (text.starts_with('!')) {
            is_negated = true;
            text = trim_left(text.substr(1));
        }
        const auto place = static_cast<Place>(list_.items.size());
        list_.items.push_back({std::string(text), is_negated});
        list_.ends_negated = is_negated;
        return item(text, place);
    }

private:
    bool sets_unknowns(std::string_view text)
    {
        struct Row {
            std::string_view word;
            std::optional<Unknowns::Then> unknown;
            std::optional<Unknowns::Defer> defer;
        };
        static constexpr Row rows[] = {{"+include_unknown", Unknowns::Then::include, {}},
                                       {"+ignore_unknown", Unknowns::Then::ignore, {}},
                                       {"+include_defer", {}, Unknowns::Defer::include},
                                       {"+ignore_defer", {}, Unknowns::Defer::ignore}};
        for (const auto& row : rows) {
            if (row.word != text)
                continue;
            unknowns_.unknown = row.unknown.value_or(unknowns_.unknown);
            unknowns_.defer = row.defer.value_or(unknowns_.defer);
            return true;
        }
        return false;
    }

    Status item(std::string_view text, Place place)
    {
        if (text.empty()) {
            keep_first(networks().nothing, place);
            return {};
        }
        if (text == "*") {
            keep_first(networks().anything, place);
            return {};
        }
        if (text.starts_with('+'))
            return step(NamedStep{std::string(text.substr(1)), place});
        if (text.starts_with('/'))
            return step(FileStep{std::string(text), place, unknowns_});
        if (text == "@[]") {
            for (const auto& address : lists_.self().addresses)
                networks().networks.add(net::Cidr(address, address.width()), place);
            return {};
        }
        if (add_network(text, place))
            return {};
        if (auto found = TRY(parse_lookup_item(lists_.lookups(), text, list_.taint, true)))
            return add_lookup(std::move(*found), place);
        return add_name(text == "@" ? std::string_view(lists_.self().primary_hostname) : text, place);
    }

    bool add_network(std::string_view text, Place place)
    {
        const auto slash = text.find('/');
        const auto address = net::Address::parse(text.substr(0, slash));
        if (!address || text.starts_with('['))
            return false;
        unsigned bits = address->width();
        if (slash != std::string_view::npos) {
            const auto mask = trim_left(text.substr(slash + 1));
            unsigned read = 0;
            const auto end = std::from_chars(mask.data(), mask.data() + mask.size(), read);
            // Without a mask the item matches nothing; with what is none, as 255.0.0.0, it is a name, as in Exim.
            if (mask.empty())
                return !step(NetworkStep{}) || true;
            if (end.ec == std::errc::invalid_argument || end.ptr != mask.data() + mask.size())
                return false;
            if (end.ec != std::errc{})
                read = bits;
            bits = std::min(read, bits);
        }
        networks().networks.add(net::Cidr(*address, bits), place);
        return true;
    }

    Status add_lookup(LookupItem found, Place place)
    {
        if (found.type.is_query())
            return step(LookupStep{std::move(found.type), std::move(found.what), place});
        if (found.by_address || list_.addresses_only)
            return step(AddressLookupStep{std::move(found.type), std::move(found.what), found.mask, place});
        return step(NamePatternStep{LookupStep{std::move(found.type), std::move(found.what), place}, unknowns_, place});
    }

    Status add_name(std::string_view text, Place place)
    {
        if (list_.addresses_only)
            return step(NoAddressStep{unknowns_});
        if (is_plain_name(text))
            return step(HostNameStep{std::string(text), unknowns_, place});
        if (!text.starts_with('^'))
            return step(NamePatternStep{std::string(text), unknowns_, place});
        auto regex = TRY(lookup::Regex::compile(text, lookup::Regex::caseless));
        return step(NamePatternStep{std::move(regex), unknowns_, place});
    }

    static void keep_first(std::optional<Place>& into, Place place)
    {
        if (!into)
            into = place;
    }

    NetworkStep& networks()
    {
        if (list_.steps.empty() || !std::holds_alternative<NetworkStep>(list_.steps.back()))
            (void)step(NetworkStep{});
        return std::get<NetworkStep>(list_.steps.back());
    }

    Status step(Step made)
    {
        list_.steps.push_back(std::move(made));
        list_.caseful.push_back(false);
        return {};
    }

    const Lists& lists_;
    CompiledList& list_;
    Unknowns unknowns_;
};

Outcome stop(bool yes)
{
    Outcome out;
    out.what = yes ? Outcome::What::stop_yes : Outcome::What::stop_no;
    return out;
}

// A name or an address does not exist.
Outcome when_unknown(const Unknowns& unknowns, std::string_view why)
{
    if (unknowns.unknown == Unknowns::Then::ignore)
        return Outcome::no();
    const bool matches = unknowns.unknown == Unknowns::Then::include;
    tell_unknown(matches, why);
    return stop(matches);
}

// It cannot be found out now.
Result<Outcome> when_deferred(const Unknowns& unknowns, std::string text)
{
    if (unknowns.defer == Unknowns::Defer::defer)
        return temporary(std::move(text));
    if (unknowns.defer == Unknowns::Defer::ignore)
        return Outcome::no();
    return stop(true);
}

std::optional<Place> lowest(std::optional<Place> a, std::optional<Place> b)
{
    if (!a || (b && *b < *a))
        return b;
    return a;
}

Outcome run_networks(const NetworkStep& step, const Host& host)
{
    auto place = step.anything;
    if (!host.is_remote())
        place = lowest(place, step.nothing);
    else if (host.address())
        place = lowest(place, step.networks.first_match(*host.address()));
    return place ? Outcome::at(*place) : Outcome::no();
}

Result<Outcome> run_host_name(const Lists& lists, const HostNameStep& step, const Host& host, Asker& asker)
{
    if (!host.address())
        return Outcome::no();
    if (!lists.names())
        return when_deferred(step.unknowns, "no name server can be asked here");
    const auto found = lists.names()->addresses_of(step.name);
    if (!found)
        return when_deferred(step.unknowns, "failed to find IP address for " + step.name + ": " + found.error().text);
    if (found->addresses.empty())
        asker.tell_missing(Asker::Missing::address_of_name, step.name);
    if (found->addresses.empty())
        return when_unknown(step.unknowns, "failed to find IP address for " + step.name);
    for (const auto& address : found->addresses)
        if (address.unmapped() == *host.address())
            return Outcome::at(step.place);
    return Outcome::no();
}

Result<Outcome> match_one_name(const Lists& lists, const NamePatternStep& step, const std::string& name, Asker& asker)
{
    if (const auto* text = std::get_if<std::string>(&step.pattern)) {
        const bool matches = text->starts_with('*') ? ends_with(name, std::string_view(*text).substr(1), false)
                                                    : same_nocase(*text, name);
        return matches ? Outcome::at(step.place) : Outcome::no();
    }
    if (const auto* regex = std::get_if<lookup::Regex>(&step.pattern))
        return run_regex(*regex, step.place, name);
    return run_lookup(lists, std::get<LookupStep>(step.pattern), lower(name), asker);
}

Result<Outcome> run_name_pattern(const Lists& lists, const NamePatternStep& step, Host& host, Asker& asker)
{
    if (!host.is_remote())
        return Outcome::no();
    const bool is_first = host.lookup() == Host::Lookup::not_yet;
    switch (host.find_name(lists.names())) {
    case Host::Lookup::failed:
        if (is_first)
            asker.tell_missing(Asker::Missing::name_of_client, host.text());
        return when_unknown(step.unknowns, "failed to find host name for " + host.text());
    case Host::Lookup::deferred:
        return when_deferred(step.unknowns, "host name lookup deferred for " + host.text());
    default:
        break;
    }
    auto outcome = TRY(match_one_name(lists, step, host.name(), asker));
    for (const auto& alias : host.aliases()) {
        if (outcome.what != Outcome::What::no)
            break;
        outcome = TRY(match_one_name(lists, step, alias, asker));
    }
    return outcome;
}

// The key of a net- look-up: IPv6 addresses have dots in it, for a colon ends a key in an lsearch file; for
// iplsearch they have colons (manual 10.13).
std::string lookup_key(const net::Address& address, const AddressLookupStep& step)
{
    const auto masked = step.mask ? address.masked(*step.mask) : address;
    auto key = masked.text();
    if (masked.is_v6()) {
        key = masked.full();
        if (step.type.driver->name != "iplsearch")
            std::ranges::replace(key, ':', '.');
    }
    if (step.mask)
        key += '/' + std::to_string(*step.mask);
    return key;
}

Result<Outcome> run_address_lookup(const Lists& lists, const AddressLookupStep& step, const Host& host, Asker& asker)
{
    if (!host.address())
        return Outcome::no();
    return run_lookup(lists, LookupStep{step.type, step.file, step.place}, lookup_key(*host.address(), step), asker);
}

}

void compile_hosts(const Lists& lists, CompiledList& list, const std::vector<std::string>& items)
{
    Compiler compiler(lists, list);
    add_items(compiler, list, items);
}

namespace {

// What an item does with the unknown: as its own list says, or else the one that names its file (null: it is in no file).
const Unknowns& in_force(const Unknowns& own, const Unknowns* outer)
{
    const bool says_nothing = own.unknown == Unknowns::Then::fail && own.defer == Unknowns::Defer::defer;
    return outer && says_nothing ? *outer : own;
}

template <class Step>
Step with(Step step, const Unknowns* outer)
{
    step.unknowns = in_force(step.unknowns, outer);
    return step;
}

Result<Match> match_host(const Lists& lists, const List& list, Host& host, Asker& asker, const Unknowns* outer)
{
    if (!list)
        return Match::no();
    const auto& compiled = list.compiled();
    const auto ask = [&](const List& inner) { return lists.host(inner, host, asker); };
    return run_steps(compiled, [&](const Step& step, std::size_t) -> Result<Outcome> {
        if (const auto* broken = std::get_if<BrokenStep>(&step))
            return broken->error;
        if (const auto* networks = std::get_if<NetworkStep>(&step))
            return run_networks(*networks, host);
        if (const auto* named = std::get_if<NamedStep>(&step))
            return run_named(lists, Kind::host, *named, false, compiled.addresses_only, host.text(), asker, ask);
        if (const auto* file = std::get_if<FileStep>(&step))
            return run_file(lists, compiled, *file, false,
                            [&](const List& inner) { return match_host(lists, inner, host, asker, &file->unknowns); });
        if (const auto* none = std::get_if<NoAddressStep>(&step))
            return host.is_remote() ? when_unknown(in_force(none->unknowns, outer), "cannot match host name in match_ip list") : Outcome::no();
        if (const auto* name = std::get_if<HostNameStep>(&step))
            return outer ? run_host_name(lists, with(*name, outer), host, asker) : run_host_name(lists, *name, host, asker);
        if (const auto* pattern = std::get_if<NamePatternStep>(&step))
            return outer ? run_name_pattern(lists, with(*pattern, outer), host, asker) : run_name_pattern(lists, *pattern, host, asker);
        if (const auto* lookup = std::get_if<AddressLookupStep>(&step))
            return run_address_lookup(lists, *lookup, host, asker);
        if (const auto* query = std::get_if<LookupStep>(&step))
            return run_lookup(lists, *query, {}, asker);
        return Outcome::no();
    });
}

}

Result<Match> Lists::host(const List& list, Host& host, Asker& asker) const
{
    return match_host(*this, list, host, asker, nullptr);
}

Result<Match> Lists::ip(const List& list, std::string_view address, Asker& asker) const
{
    Host host{std::string(address)};
    return this->host(list, host, asker);
}

}
