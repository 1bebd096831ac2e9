#include "conf/list_items.h"

#include <optional>
#include <vector>

#include "common/base/text.h"
#include "common/config/list.h"
#include "common/net/cidr.h"
#include "conf/taint_scan.h"

namespace gp::conf {
namespace {

using config::ListKind;

constexpr std::size_t most_compared = 500; // items of one list, each with each

match::Kind kind_of(ListKind kind)
{
    switch (kind) {
    case ListKind::domain: return match::Kind::domain;
    case ListKind::host: return match::Kind::host;
    case ListKind::address: return match::Kind::address;
    default: return match::Kind::local_part;
    }
}

struct Item {
    std::string text; // without "!", folded
    std::string shown;
    std::optional<net::Cidr> network;
};

Item item_of(const std::string& whole, ListKind kind)
{
    std::string_view rest = whole;
    if (rest.starts_with('!'))
        rest = trim_left(rest.substr(1));
    Item out{.text = lower(rest), .shown = whole, .network = {}};
    if (kind == ListKind::host)
        if (auto network = net::Cidr::parse(rest))
            out.network = *network;
    return out;
}

bool is_plain(std::string_view item)
{
    return !item.empty() && item.find_first_of("^;+/@") == item.npos;
}

// Whether whatever the second matches was matched by the first.
bool covers(const Item& first, const Item& second, ListKind kind)
{
    if (first.network && second.network)
        return first.network->bits() <= second.network->bits() && first.network->contains(second.network->base());
    if (first.text == second.text)
        return !first.text.empty();
    if (kind == ListKind::address || kind == ListKind::local_part)
        return false;
    const bool has_suffix = first.text.size() > 1 && first.text.front() == '*' && is_plain(first.text) && is_plain(second.text);
    return has_suffix && second.text.size() >= first.text.size() && second.text.ends_with(std::string_view(first.text).substr(1));
}

bool is_address(std::string_view item)
{
    return bool(net::Cidr::parse(item));
}

// "net-lsearch", "partial-cdb*@": a type with a file.
bool is_single_key(std::string_view type)
{
    static const auto drivers = Registry<lookup::Driver>::linked();
    type = trim(type);
    if (const auto at = type.find('@'); at != type.npos && at + 1 < type.size())
        type.remove_prefix(at + 1); // user@lsearch;…, @@lsearch;…
    if (type.starts_with("net") && type.find('-') != type.npos)
        type.remove_prefix(type.find('-') + 1);
    const auto parsed = lookup::parse_search_type(type, drivers);
    return parsed && !parsed->is_query() && parsed->driver->name != "spf";
}

// What a plain name may not have, where it matches nothing for it; empty: nothing is wrong. `item` is without "!".
std::string odd(std::string_view item, ListKind kind)
{
    const auto semicolon = item.find(';');
    if (semicolon != item.npos && !trim(item.substr(semicolon + 1)).starts_with('/') && is_single_key(item.substr(0, semicolon)))
        return "names a file that is not absolute: whatever asks this list will be deferred";
    if (item.empty() || item.find_first_of("^;+/$") != item.npos)
        return {};
    if (item.find_first_of(" \t,") != item.npos && item.find('"') == item.npos)
        return "has a blank or a comma in it and is one item: items have colons between them";
    if (kind == ListKind::address)
        return item.starts_with('@') && item.size() > 1 ? "matches no address that has anything in front of its @: write *" + std::string(item) : "";
    if (const auto dash = item.find('-'); kind == ListKind::host && dash != item.npos && is_address(item.substr(0, dash)))
        return "is a range of addresses, which no list knows: write networks, as 192.0.2.0/24";
    if (item.starts_with('@'))
        return kind == ListKind::local_part || item == "@" || item == "@[]" || item.starts_with("@mx_")
                   ? ""
                   : "is none of @, @[], @mx_any, @mx_primary, @mx_secondary";
    if (item.find('@') != item.npos)
        return kind == ListKind::local_part ? "is an address, and no local part" : "is an address, and no domain";
    if (item.find('*', 1) != item.npos)
        return "has an asterisk that is not its first character, and stands for itself there";
    if (kind == ListKind::host && item.find_first_not_of("0123456789.") == item.npos && !is_address(item))
        return "is no IP address";
    return {};
}

// "lsearch;/etc/x/$domain", "/etc/x/$local_part": the file of an item; empty where it has none.
std::string_view file_of(std::string_view item)
{
    if (item.starts_with('!'))
        item = trim_left(item.substr(1));
    if (const auto end = item.find(';'); end != item.npos && item.find('$') > end)
        item = trim_left(item.substr(end + 1));
    return item.starts_with('/') ? item : std::string_view{};
}

}

ListItems::ListItems(config::Problems& problems)
    : problems_(problems), lookups_(Registry<lookup::Driver>::linked(), {}), lists_({}, {}, lookups_, nullptr)
{
}

void ListItems::look_at(ListKind kind, std::string_view text, const config::Origin& origin, std::string_view line)
{
    const auto items = config::split_list(std::string(text));
    if (text.find("${") == text.npos)
        for (const auto& item : items)
            for (const auto& variable : tainted_parts(file_of(item)))
                problems_.warning(origin, line, variable + " comes from outside and may not name the file of a list: this will fail at run time",
                                  "write " + instead_of(variable));
    if (text.find_first_of("$\\") != text.npos)
        return;
    compile(kind, text, origin, line);
    for (const auto& whole : items) {
        const auto item = whole.starts_with('!') ? trim_left(std::string_view(whole).substr(1)) : std::string_view(whole);
        if (const auto why = odd(item, kind); !why.empty())
            problems_.warning(origin, line, "\"" + whole + "\" " + why);
    }
    if (items.size() > most_compared)
        return;
    std::vector<Item> before;
    for (const auto& whole : items) {
        auto now = item_of(whole, kind);
        for (const auto& one : before)
            if (covers(one, now, kind))
                return problems_.warning(origin, line, "\"" + whole + "\" is never looked at: \"" + one.shown + "\" in front of it matches all that it could",
                                         one.text == now.text ? "one of them is enough" : "put \"" + whole + "\" first");
        before.push_back(std::move(now));
    }
}

// In the words that are said when the list is used.
void ListItems::compile(ListKind kind, std::string_view text, const config::Origin& origin, std::string_view line)
{
    const auto made = match::List::compile(lists_, kind_of(kind), Text::clean(std::string(text)));
    if (const auto* fault = made.fault())
        problems_.warning(origin, line, fault->text + ": whatever asks this list, and finds no match in front of that item, will be deferred");
}

}
