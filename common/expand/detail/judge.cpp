#include "common/expand/detail/judge.h"

#include <algorithm>
#include <charconv>

#include "common/base/text.h"
#include "common/expand/certificate.h"
#include "common/expand/parser.h"
#include "common/lookup/regex.h"

namespace gp::expand {
namespace {

// Operators whose result hangs on their subject alone: a constant one is tried.
constexpr std::string_view of_subject_alone[] = {
    "base32", "base32d", "base62", "base62d", "base64d", "eval", "eval10", "hash", "headerwrap", "hex2b64", "ipv6denorm",
    "ipv6norm", "length", "mask", "nhash", "reverse_ip", "sha2", "sha3", "substr", "time_eval", "time_interval",
    "utf8_domain_from_alabel", "utf8_domain_to_alabel", "utf8_localpart_from_alabel", "xtextd",
};
// Those whose argument may be wrong whatever their subject is.
constexpr std::string_view with_argument[] = {"hash", "headerwrap", "length", "nhash", "quote", "sha2", "sha3", "substr"};

// Items and conditions that are tried with what is constant of their texts, and a stand-in for what is not.
struct Tried {
    std::string_view name, stand_in;
};
constexpr Tried tried_items[] = {{"hash", "1"}, {"hmac", "md5"}, {"imapfolder", "/"}, {"length", "1"}, {"nhash", "1"}, {"substr", "1"}};
constexpr Tried tried_conditions[] = {{"=", "1"}, {"==", "1"}, {"<", "1"}, {"<=", "1"}, {">", "1"}, {">=", "1"}, {"bool", "1"}};

// What may stand behind a look-up's type (manual 9.4). Others are ignored, as Exim does.
struct LookupOption {
    std::string_view type; // empty: every one
    std::string_view name;
    std::string_view values; // with blanks between; empty: anything
};
constexpr LookupOption lookup_options[] = {
    {"", "cache", "no_rd"},          {"", "ret", "key"},
    {"lsearch", "ret", "key full"},  {"wildlsearch", "ret", "key full"}, {"nwildlsearch", "ret", "key full"},
    {"iplsearch", "ret", "key full"}, {"dsearch", "ret", "key full"},
    {"dsearch", "filter", "file dir subdir"}, {"dsearch", "key", "path"},
    {"sqlite", "file", ""},          {"mysql", "servers", ""},           {"pgsql", "servers", ""},
    {"redis", "servers", ""},        {"ldap", "servers", ""},            {"ldapdn", "servers", ""},
    {"ldapm", "servers", ""},        {"oracle", "servers", ""},
};

constexpr std::string_view dns_types[] = {"a", "a+", "aaaa", "cname", "csa", "mx", "mxh", "ns", "ptr", "soa", "spf", "srv", "tlsa", "txt", "zns"};

template <class Rows>
bool has(const Rows& rows, std::string_view word)
{
    return std::ranges::find(rows, word) != std::end(rows);
}

template <class Rows>
const Tried* tried(const Rows& rows, std::string_view name)
{
    const auto* found = std::ranges::find(rows, name, &Tried::name);
    return found == std::end(rows) ? nullptr : found;
}

// Nothing when none of the texts is constant, and nothing can be said.
std::vector<Text> with_stand_ins(Judge::Texts texts, std::string_view stand_in)
{
    std::vector<Text> out;
    bool any = false;
    for (const auto& text : texts) {
        const auto* constant = text->constant();
        any |= constant != nullptr;
        out.push_back(Text::clean(std::string(constant ? *constant : stand_in)));
    }
    if (!any)
        out.clear();
    return out;
}

std::string meant(std::string_view word, const std::vector<std::string_view>& known)
{
    const auto near = word.empty() ? std::string_view{} : nearest(word, known);
    return near.empty() ? std::string{} : "did you mean " + std::string(near) + "?";
}

}

Judge::Judge(const Language& language, Remarks& into)
    : into_(into), lookups_(language.lookups(), {}), lists_({}, {}, lookups_, nullptr),
      world_{language, site_, lookups_, lists_, {}, {}}, scene_(world_)
{
}

void Judge::tell(std::string text, std::string hint, bool is_ignored)
{
    if (std::ranges::find(into_.all, text, &Remark::text) == into_.all.end())
        into_.all.push_back({std::move(text), std::move(hint), is_ignored});
}

void Judge::operation(const Operator& operation, std::string_view as_written, std::string_view argument, bool has_argument,
                      const Sequence& subject)
{
    const auto* constant = subject.constant();
    const bool is_tried = constant ? has(of_subject_alone, operation.name) || (has_argument && has(with_argument, operation.name))
                                   : has_argument && has(with_argument, operation.name);
    if (!is_tried)
        return;
    const auto words = Text::clean(constant ? *constant : "abc");
    if (const auto made = operation.apply({scene_, words, argument, has_argument, as_written}); !made)
        tell(made.error().text);
}

void Judge::item(const Item& item, Texts texts)
{
    const auto* row = tried(tried_items, item.name);
    const auto words = row ? with_stand_ins(texts, row->stand_in) : std::vector<Text>{};
    if (words.empty())
        return;
    if (const auto made = item.apply({scene_, words, item.name}); !made)
        tell(made.error().text);
}

void Judge::condition(const Condition& condition, Texts texts)
{
    const auto* row = tried(tried_conditions, condition.name);
    const auto words = row ? with_stand_ins(texts, row->stand_in) : std::vector<Text>{};
    if (words.empty())
        return;
    if (const auto held = condition.test({scene_, words, condition.name}); !held)
        tell(held.error().text);
}

void Judge::pattern(const Sequence& regular_expression)
{
    if (const auto* constant = regular_expression.constant())
        if (const auto made = lookup::Regex::compile(*constant); !made)
            tell(made.error().text);
}

void Judge::item_number(const Sequence& number)
{
    const auto* constant = number.constant();
    if (!constant)
        return;
    const auto digits = trim(*constant);
    std::int64_t value = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (read.ec != std::errc{} || read.ptr != digits.data() + digits.size())
        tell(digits.empty() ? "first argument of \"listextract\" must not be empty" : "first argument of \"listextract\" must be numeric");
}

void Judge::certificate_part(const Sequence& field)
{
    const auto* constant = field.constant();
    const auto name = constant ? trim(std::string_view(*constant).substr(0, constant->find(','))) : std::string_view{};
    const auto known = certificate_fields();
    if (!name.empty() && std::ranges::find(known, name) == known.end())
        tell("bad field selector \"" + std::string(name) + "\" for certextract", meant(name, {known.begin(), known.end()}));
}

void Judge::lookup(const lookup::SearchType& type, const Sequence& file_or_query)
{
    options(type);
    const auto name = type.driver->name;
    const auto* constant = file_or_query.constant();
    if (!type.is_query() && name != "spf" && constant && !trim(*constant).starts_with('/')) // spf's is a client's address
        tell("the " + std::string(type.driver->style == lookup::Style::directory ? "directory" : "file") + " of a look-up of type \"" +
             std::string(name) + "\" must be absolute, not \"" + *constant + "\"");
    if (name == "dnsdb")
        dns_query(file_or_query);
}

void Judge::options(const lookup::SearchType& type)
{
    const auto name = type.driver->name;
    for (const auto& [option, value] : type.options.items) {
        std::vector<std::string_view> known, values;
        for (const auto& row : lookup_options)
            if (row.type.empty() || row.type == name) {
                known.push_back(row.name);
                if (row.name == option)
                    for (const auto one : split(row.values, ' '))
                        values.push_back(one);
            }
        if (std::ranges::find(known, option) == known.end())
            tell("look-up type \"" + std::string(name) + "\" has no option \"" + option + "\"", meant(option, known), true);
        else if (std::ranges::find(values, "") == values.end() && std::ranges::find(values, value) == values.end())
            tell("the option " + option + " of look-up type \"" + std::string(name) + "\" knows no \"" + value + "\"", meant(value, values), true);
    }
}

// "[>c[,f]] [modifiers,] type=…", as far as it is constant.
void Judge::dns_query(const Sequence& query)
{
    const auto* words = query.beginning();
    auto rest = words ? trim_left(*words) : std::string_view{};
    if (rest.starts_with('>') && rest.size() > 1) {
        rest.remove_prefix(2);
        if (rest.starts_with(',') && rest.size() > 1)
            rest.remove_prefix(2);
        else if (rest.starts_with(';'))
            rest.remove_prefix(1);
    }
    for (auto comma = rest.find(','); comma < rest.find('='); comma = rest.find(',')) {
        const auto word = trim(rest.substr(0, comma));
        const auto value = word.substr(std::min(word.find('_') + 1, word.size()));
        if ((word.starts_with("defer_") || word.starts_with("dnssec_")) && value != "strict" && value != "lax" && value != "never")
            tell("dnsdb: \"" + std::string(word) + "\" is none of strict, lax and never");
        else if (!word.starts_with("defer_") && !word.starts_with("dnssec_") && !word.starts_with("retrans_") && !word.starts_with("retry_"))
            break;
        rest.remove_prefix(comma + 1);
    }
    const auto equals = rest.find('=');
    if (equals == rest.npos)
        return;
    const auto type = lower(trim(rest.substr(0, equals)));
    if (!has(dns_types, type))
        tell("dnsdb: unsupported DNS record type \"" + type + "\"", meant(type, {std::begin(dns_types), std::end(dns_types)}));
}

void Judge::literal_list(match::Kind kind, const std::string& text)
{
    into_.lists.push_back({kind, text});
}

Remarks remarks_on(const Language& language, std::string_view text)
{
    Remarks out;
    if (text.find('$') == text.npos)
        return out;
    Judge judge(language, out);
    Parser parser(language, text, Limits{}, false);
    parser.ask(judge);
    (void)parser.parse();
    return out;
}

namespace {

// Words that ask for nothing but their texts.
constexpr std::string_view harmless[] = {"if", "lc", "uc", "eval", "strlen", "sg", "tr", "map", "filter", "reduce", "sort",
                                         "extract", "listextract", "listcount", "substr", "length"};
// Variables that such words set themselves.
constexpr std::string_view own_variables[] = {"item", "value"};
constexpr std::string_view setting_words[] = {"{map{", "{filter{", "{reduce{", "{sort{", "extract{", "forany{", "forall{"};
constexpr std::string_view asking[] = {"exists", "acl", "match_", "first_delivery", "queue_running", "def:", "ldapauth", "pam", "radius",
                                       "saslauthd", "pwcheck", "inbound_srs"};

// `rest` is what stands behind the name.
bool is_own_variable(std::string_view text, std::string_view name, std::string_view rest)
{
    const bool ends = rest.empty() || !(is_alnum(rest.front()) || rest.front() == '_');
    return ends && has(own_variables, name) && std::ranges::any_of(setting_words, [&](std::string_view word) { return text.find(word) != text.npos; });
}

bool asks_for_nothing(std::string_view text)
{
    constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz";
    for (auto at = text.find('$'); at != text.npos; at = text.find('$', at + 1)) {
        const auto rest = text.substr(at + 1);
        const bool is_braced = rest.starts_with('{');
        const auto word = rest.substr(is_braced, std::min(rest.find_first_not_of(letters, is_braced), rest.size()) - is_braced);
        if (!(is_braced && has(harmless, word)) && !is_own_variable(text, word, rest.substr(is_braced + word.size())))
            return false;
    }
    return std::ranges::none_of(asking, [&](std::string_view one) { return text.find(one) != text.npos; });
}

}

std::optional<std::string> Judge::value_of(std::string_view text)
{
    const auto parsed = world_.language.parse(text);
    if (!parsed)
        return std::nullopt;
    auto made = parsed->expand(scene_);
    return made ? std::optional(std::move(made->text)) : std::nullopt;
}

std::optional<std::string> constant_value(const Language& language, std::string_view text)
{
    if (text.find('$') == text.npos)
        return std::string(text);
    if (!asks_for_nothing(text))
        return std::nullopt;
    Remarks unused;
    return Judge(language, unused).value_of(text);
}

std::optional<std::string> constant_value(std::string_view text)
{
    static const auto language = Language::linked();
    return constant_value(language, text);
}

}
