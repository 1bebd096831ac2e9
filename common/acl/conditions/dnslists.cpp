// dnslists = LIST[,SECOND][=ADDRESSES][/KEYS] : …: the client, or a key, is in a list that is kept in the DNS
// (manual 44.29 to 44.35, RFC 5782).

#include "common/acl/condition.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/dns/resolver.h"
#include "common/log/log.h"
#include "common/net/cidr.h"

namespace gp::acl {
namespace {

constexpr std::size_t most_keys = 100;

// What must be among the addresses that a list gives.
struct Wanted {
    enum class Form { any_address, bits } form = Form::any_address;
    bool is_set = false, all = false, negated = false;
    std::vector<net::Address> addresses;
};

struct Item {
    std::string list; // asked first
    std::string text_list; // then this one, for TXT and $dnslist_domain; the same where only one is named
    Wanted wanted;
    std::optional<std::string> keys;
};

enum class Unknown { exclude, include, defer };

// "=127.0.0.2,127.0.0.3", "!=…", "==…", "!==…", "&0.0.0.6", "=&…", "!&…", "!=&…"
Result<Wanted> wanted_of(std::string_view text)
{
    Wanted wanted;
    if (text.empty())
        return wanted;
    wanted.is_set = true;
    std::size_t at = 0;
    wanted.negated = text[at] == '!';
    at += wanted.negated;
    const auto marks = text.substr(at, text.find_first_not_of("=&", at) - at);
    at += marks.size();
    if (marks != "=" && marks != "==" && marks != "&" && marks != "=&" && marks != "==&")
        return misconfigured("\"" + escape(text) + "\" is no test of addresses");
    wanted.form = marks.ends_with('&') ? Wanted::Form::bits : Wanted::Form::any_address;
    wanted.all = marks == "==" || marks == "=&" || marks == "==&";
    for (auto address : split(text.substr(at), ',')) {
        auto parsed = net::Address::parse(trim(address));
        if (!parsed || !parsed->is_v4())
            return misconfigured("\"" + escape(address) + "\" is no IPv4 address");
        wanted.addresses.push_back(*parsed);
    }
    return wanted;
}

Result<Item> item_of(std::string_view text)
{
    Item item;
    if (const auto slash = text.find('/'); slash != std::string_view::npos) {
        item.keys = std::string(text.substr(slash + 1));
        text = text.substr(0, slash);
    }
    const auto test = text.find_first_of("=&!");
    const auto names = trim(text.substr(0, test));
    item.wanted = TRY(wanted_of(test == std::string_view::npos ? "" : trim(text.substr(test))));
    const auto comma = names.find(',');
    item.text_list = trim(names.substr(0, comma));
    item.list = comma == std::string_view::npos ? item.text_list : std::string(trim(names.substr(comma + 1)));
    if (item.list.empty() || item.text_list.empty())
        return misconfigured("the name of a DNS list is missing");
    return item;
}

std::uint32_t bits_of(const net::Address& address)
{
    std::uint32_t bits = 0;
    for (const auto octet : address.bytes())
        bits = bits << 8 | octet;
    return bits;
}

bool fits(const Wanted& wanted, const net::Address& found)
{
    return std::ranges::any_of(wanted.addresses, [&](const net::Address& one) {
        if (wanted.form == Wanted::Form::bits)
            return (bits_of(found) & bits_of(one)) == bits_of(one);
        return one == found;
    });
}

bool satisfies(const Wanted& wanted, const std::vector<net::Address>& found)
{
    if (!wanted.is_set)
        return true;
    const auto test = [&](const net::Address& address) { return fits(wanted, address); };
    const bool holds = wanted.all ? std::ranges::all_of(found, test) : std::ranges::any_of(found, test);
    return holds != wanted.negated;
}

class DnsLists final : public Test {
public:
    explicit DnsLists(expand::Expression text) : text_(std::move(text)) {}

    Result<Truth> test(Context& context) const override
    {
        auto words = text_.expand(context.scene);
        if (!words)
            return words.error().cause == Cause::forced_fail ? passed_over() : words.error();
        if (!context.resolver)
            return misconfigured("no name server can be asked here");
        auto unknown = Unknown::exclude;
        bool deferred = false;
        for (const auto& text : config::split_list(words->text)) {
            if (text.starts_with('+')) {
                unknown = TRY(unknown_of(text));
                continue;
            }
            const auto item = TRY(item_of(text));
            const auto truth = TRY(ask(item, unknown, context));
            if (truth == Truth::yes)
                return truth;
            deferred |= truth == Truth::defer;
        }
        return deferred ? Truth::defer : Truth::no;
    }

private:
    static Result<Unknown> unknown_of(std::string_view word)
    {
        if (word == "+include_unknown")
            return Unknown::include;
        if (word == "+exclude_unknown")
            return Unknown::exclude;
        if (word == "+defer_unknown")
            return Unknown::defer;
        return misconfigured("unknown item \"" + escape(word) + "\" in a list of DNS lists");
    }

    // The names below the list: the client's address backwards, or the keys.
    static std::vector<std::pair<std::string, std::string>> keys_of(const Item& item, const Context& context)
    {
        std::vector<std::pair<std::string, std::string>> keys; // as it is, as it is asked
        const auto add = [&](const std::string& key) {
            const auto address = net::Address::parse(key);
            keys.emplace_back(key, address ? address->reversed() : key);
        };
        if (!item.keys) {
            if (context.scene.origin && !context.scene.origin->host_address.empty())
                add(context.scene.origin->host_address);
            return keys;
        }
        for (const auto& key : config::split_list(*item.keys))
            if (!key.empty() && keys.size() < most_keys)
                add(key);
        return keys;
    }

    static Result<Truth> ask(const Item& item, Unknown unknown, Context& context)
    {
        bool deferred = false;
        for (const auto& [key, name] : keys_of(item, context)) {
            const auto truth = TRY(ask_key(item, unknown, key, name, context));
            if (truth == Truth::yes)
                return truth;
            deferred |= truth == Truth::defer;
        }
        return deferred ? Truth::defer : Truth::no;
    }

    static Result<Truth> ask_key(const Item& item, Unknown unknown, const std::string& key, const std::string& name,
                                 Context& context)
    {
        auto found = look_up(name + "." + item.list, context);
        debug(name + "." + item.list, found, item.wanted);
        if (!found)
            return failed(name + "." + item.list, unknown, context);
        if (found->empty() || !satisfies(item.wanted, *found))
            return Truth::no;
        if (item.text_list != item.list) {
            found = look_up(name + "." + item.text_list, context);
            if (!found)
                return failed(name + "." + item.text_list, unknown, context);
            if (found->empty())
                return Truth::no;
        }
        std::string values;
        for (const auto& address : *found)
            values += (values.empty() ? "" : ", ") + address.text();
        auto& facts = context.scene.facts;
        facts.set("dnslist_domain", Text::clean(item.text_list));
        facts.set("dnslist_matched", Text::from(key, "$dnslist_matched"));
        facts.set("dnslist_value", Text::from(values, "$dnslist_value"));
        facts.set("dnslist_text", Text::from(text_of(name + "." + item.text_list, context), "$dnslist_text"));
        return Truth::yes;
    }

    static void debug(const std::string& name, const Result<std::vector<net::Address>>& found, const Wanted& wanted)
    {
        if (!log::debugging("dnsbl"))
            return;
        std::string values;
        if (found)
            for (const auto& address : *found)
                values += (values.empty() ? "" : ", ") + address.text();
        log::debug("dnsbl", "DNS list check: " + escape(name) +
                                (!found           ? " cannot be looked up: " + found.error().text
                                 : found->empty() ? std::string(" is not there")
                                                  : " is " + values + (satisfies(wanted, *found) ? "" : ", which is not what is asked for")));
    }

    static Truth failed(const std::string& list, Unknown unknown, const Context& context)
    {
        if (unknown == Unknown::defer)
            return Truth::defer;
        if (unknown == Unknown::include)
            return Truth::yes;
        if (context.log_dnslist_defer)
            log::main("DNS list lookup defer (probably timeout) for " + escape(list) +
                      ": assumed not in list");
        return Truth::no;
    }

    // Addresses outside 127.0.0.0/8 are no answer of a DNS list: RFC 5782 section 2.1.
    static Result<std::vector<net::Address>> look_up(const std::string& name, Context& context)
    {
        const auto answer = TRY(context.resolver->lookup(name, dns::Type::a, event::Deadline::in(context.dns_timeout)));
        std::vector<net::Address> good;
        for (const auto& address : answer.addresses()) {
            if (address.text().starts_with("127."))
                good.push_back(address);
            else
                log::main("DNS list lookup for " + escape(name) + " returned " + address.text() + "; not in 127.0/8 and discarded");
        }
        return good;
    }

    static std::string text_of(const std::string& name, Context& context)
    {
        const auto answer = context.resolver->lookup(name, dns::Type::txt, event::Deadline::in(context.dns_timeout));
        if (!answer)
            return {};
        const auto texts = answer->all<dns::Text>();
        return texts.empty() ? std::string{} : join(texts.front().strings, "");
    }

    expand::Expression text_;
};

const RegisterCondition self{{
    .name = "dnslists",
    .allowed_at = where_all & ~(where_not_smtp | where_not_smtp_start | where_not_smtp_mime),
    .make = [](const expand::Language& language, std::string_view argument) -> Result<std::unique_ptr<Test>> {
        auto text = TRY(language.parse(argument));
        if (const auto* constant = text.constant())
            for (const auto& item : config::split_list(*constant))
                if (!item.starts_with('+'))
                    TRY(item_of(item));
        return std::unique_ptr<Test>{std::make_unique<DnsLists>(std::move(text))};
    },
    .doc = "The client, or a key, is in a DNS list.",
}};

}
}
