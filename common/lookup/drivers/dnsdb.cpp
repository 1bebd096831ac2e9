// dnsdb: records of the domain name system (manual 9.10 to 9.13): "[>c[,f]] [modifiers,] [type=] names".

#include <algorithm>
#include <charconv>

#include "common/base/duration.h"
#include "common/base/encoding.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/dns/resolver.h"
#include "common/lookup/csa.h"
#include "common/lookup/lookup.h"

namespace gp::lookup {
namespace {

constexpr std::size_t most_names = 500;     // in one query
constexpr std::int64_t usual_retrans = 5;   // seconds for one try

enum class Deferral { lax, strict, never };
enum class Dnssec { lax, strict, never };
enum class Pseudo { none, mail_host, zone_servers, csa, both_addresses };

struct Query {
    char separator = '\n';
    char field_separator = ' ';
    bool has_field_separator = false;
    bool concatenates = false; // texts, without anything between
    Deferral deferral = Deferral::lax;
    Dnssec dnssec = Dnssec::lax;
    std::int64_t retrans = 0, retry = 0;
    dns::Type type = dns::Type::txt;
    Pseudo pseudo = Pseudo::none;
    std::string_view names;
};

// ">c", ">c,f", ">c;" at the start. An escape for a newline has become one already.
void read_separators(std::string_view& rest, Query& into)
{
    rest = trim_left(rest);
    if (!rest.starts_with('>') || rest.size() < 2)
        return;
    into.separator = rest[1];
    rest.remove_prefix(2);
    if (rest.starts_with(',') && rest.size() > 1) {
        into.field_separator = rest[1];
        into.has_field_separator = true;
        rest.remove_prefix(2);
    } else if (rest.starts_with(';')) {
        into.concatenates = true;
        rest.remove_prefix(1);
    }
    rest = trim_left(rest);
}

Status read_modifier(std::string_view word, Query& into)
{
    const auto value = word.substr(word.find('_') + 1);
    if (word.starts_with("defer_")) {
        if (value != "strict" && value != "lax" && value != "never")
            return temporary("unsupported dnsdb defer behaviour");
        into.deferral = value == "strict" ? Deferral::strict : value == "lax" ? Deferral::lax : Deferral::never;
    } else if (word.starts_with("dnssec_")) {
        if (value != "strict" && value != "lax" && value != "never")
            return temporary("unsupported dnsdb dnssec behaviour");
        into.dnssec = value == "strict" ? Dnssec::strict : value == "lax" ? Dnssec::lax : Dnssec::never;
    } else if (word.starts_with("retrans_")) {
        const auto time = parse_duration(value);
        if (!time || time->count() <= 0)
            return temporary("unsupported dnsdb timeout value");
        into.retrans = std::max<std::int64_t>(1, std::chrono::duration_cast<std::chrono::seconds>(*time).count());
    } else {
        const auto read = std::from_chars(value.data(), value.data() + value.size(), into.retry);
        if (read.ec != std::errc{} || into.retry < 0)
            return temporary("unsupported dnsdb retry count");
    }
    return {};
}

Status read_modifiers(std::string_view& rest, Query& into)
{
    while (rest.starts_with("defer_") || rest.starts_with("dnssec_") || rest.starts_with("retrans_") ||
           rest.starts_with("retry_")) {
        const auto comma = rest.find(',');
        TRY(read_modifier(trim(rest.substr(0, comma)), into));
        rest = comma == std::string_view::npos ? std::string_view{} : trim_left(rest.substr(comma + 1));
    }
    return {};
}

Status read_type(std::string_view word, Query& into)
{
    struct Row {
        std::string_view name;
        dns::Type type;
        Pseudo pseudo;
    };
    static constexpr Row rows[] = {
        {"a", dns::Type::a, Pseudo::none},         {"aaaa", dns::Type::aaaa, Pseudo::none},
        {"a+", dns::Type::a, Pseudo::both_addresses}, {"cname", dns::Type::cname, Pseudo::none},
        {"csa", dns::Type::srv, Pseudo::csa},      {"mx", dns::Type::mx, Pseudo::none},
        {"mxh", dns::Type::mx, Pseudo::mail_host}, {"ns", dns::Type::ns, Pseudo::none},
        {"ptr", dns::Type::ptr, Pseudo::none},     {"soa", dns::Type::soa, Pseudo::none},
        {"spf", dns::Type::spf, Pseudo::none},     {"srv", dns::Type::srv, Pseudo::none},
        {"tlsa", dns::Type::tlsa, Pseudo::none},   {"txt", dns::Type::txt, Pseudo::none},
        {"zns", dns::Type::ns, Pseudo::zone_servers},
    };
    for (const auto& row : rows)
        if (same_nocase(row.name, word)) {
            into.type = row.type;
            into.pseudo = row.pseudo;
            return {};
        }
    return temporary("unsupported DNS record type");
}

Result<Query> parse(std::string_view text)
{
    Query query;
    auto rest = text;
    read_separators(rest, query);
    TRY(read_modifiers(rest, query));
    if (const auto equals = rest.find('='); equals != std::string_view::npos) {
        TRY(read_type(trim(rest.substr(0, equals)), query));
        rest.remove_prefix(equals + 1);
    }
    query.names = rest;
    return query;
}

std::string_view without_first_label(std::string_view name)
{
    const auto dot = name.find('.');
    return dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
}

// How a record is told.
class Writer {
public:
    explicit Writer(const Query& query) : query_(query) {}

    std::optional<std::string> operator()(const dns::Record& record) const
    {
        if (const auto* host = record.as<dns::HostAddress>())
            return host->address.text();
        if (const auto* target = record.as<dns::Target>())
            return target->name;
        if (const auto* mx = record.as<dns::MailExchanger>())
            return query_.pseudo == Pseudo::mail_host ? mx->host : std::to_string(mx->preference) + field() + mx->host;
        if (const auto* srv = record.as<dns::Service>())
            return std::to_string(srv->priority) + field() + std::to_string(srv->weight) + field() +
                   std::to_string(srv->port) + field() + srv->host;
        if (const auto* tlsa = record.as<dns::TlsAssociation>())
            return std::to_string(tlsa->usage) + field() + std::to_string(tlsa->selector) + field() +
                   std::to_string(tlsa->matching) + field() + hex_encode(tlsa->data);
        if (const auto* soa = record.as<dns::Authority>())
            return authority(*soa);
        if (const auto* text = record.as<dns::Text>())
            return words(*text);
        return std::nullopt;
    }

private:
    std::string field() const { return {query_.field_separator}; }

    std::string authority(const dns::Authority& soa) const
    {
        if (!query_.has_field_separator)
            return soa.primary;
        return soa.primary + field() + soa.mailbox + field() + std::to_string(soa.serial) + field() +
               std::to_string(soa.refresh) + field() + std::to_string(soa.retry) + field() +
               std::to_string(soa.expire) + field() + std::to_string(soa.minimum);
    }

    // Of a TXT record the first string only, unless a separator is given (manual 9.10); SPF is joined, and only
    // what is SPF (RFC 7208 section 4.5).
    std::optional<std::string> words(const dns::Text& text) const
    {
        if (query_.type == dns::Type::spf) {
            auto joined = text.joined();
            return joined.starts_with("v=spf1") ? std::optional(std::move(joined)) : std::nullopt;
        }
        if (query_.concatenates)
            return text.joined();
        if (!query_.has_field_separator)
            return text.strings.empty() ? std::string() : text.strings.front();
        return join(text.strings, field());
    }

    const Query& query_;
};

class Records final : public Source {
public:
    explicit Records(const Environment& environment) : environment_(environment) {}

    Result<Answer> find(const Question& question) override
    {
        if (!environment_.resolver)
            return temporary("no name server can be asked here");
        const auto query = TRY(parse(question.key));
        Answer answer;
        answer.asked_dns = query.dnssec != Dnssec::never;
        answer.secure = true;
        bool any_deferred = false;
        for (const auto& name : TRY(names_of(query))) {
            const auto status = ask(query, name, answer);
            if (status)
                continue;
            if (query.deferral == Deferral::strict)
                return temporary("");
            any_deferred = true;
        }
        if (!answer.found && any_deferred && query.deferral == Deferral::lax)
            return temporary("");
        return answer;
    }

private:
    static Result<std::vector<std::string>> names_of(const Query& query)
    {
        const auto whole = trim(query.names);
        // For the sake of old configurations one IPv6 address is no list.
        const bool takes_addresses = query.type == dns::Type::ptr || query.pseudo == Pseudo::csa;
        if (takes_addresses && !whole.starts_with('<') && net::Address::is_address(whole))
            return std::vector<std::string>{std::string(whole)};
        auto names = config::split_list(query.names);
        if (names.size() > most_names)
            return temporary("too many names in one dnsdb lookup");
        return names;
    }

    Result<dns::Answer> lookup(const Query& query, std::string_view name, dns::Type type)
    {
        const auto retrans = query.retrans ? query.retrans
                             : environment_.settings.dns_retrans ? environment_.settings.dns_retrans
                                                                 : usual_retrans;
        const auto tries = 1 + (query.retry ? query.retry : std::max<std::int64_t>(environment_.settings.dns_retry, 4));
        const auto until = event::Deadline::in(std::chrono::seconds(retrans * tries));
        auto answer = environment_.resolver->lookup(name, type, until);
        if (answer && answer->found() && query.dnssec == Dnssec::strict && !answer->secure)
            return temporary("not authenticated by DNSSEC");
        return answer;
    }

    static void add(Answer& answer, const Query& query, std::string_view words)
    {
        if (answer.found)
            answer.data += query.separator;
        answer.data += words;
        answer.found = true;
    }

    void add_records(const Query& query, const dns::Answer& from, Answer& answer)
    {
        const Writer write(query);
        for (const auto& record : from.records)
            if (const auto words = write(record))
                add(answer, query, *words);
        answer.secure = answer.secure && from.secure;
    }

    // Errors are deferrals; what does not exist adds nothing.
    Status ask(const Query& query, std::string_view name, Answer& answer)
    {
        std::string asked(name);
        if (query.type == dns::Type::ptr || query.pseudo == Pseudo::csa)
            if (const auto address = net::Address::parse(name)) {
                if (query.pseudo == Pseudo::csa && !csa_habits().use_reverse)
                    return {}; // an address has no such record
                asked = address->arpa();
            }
        switch (query.pseudo) {
        case Pseudo::csa:
            return ask_csa(query, asked, answer);
        case Pseudo::both_addresses:
            return ask_addresses(query, asked, answer);
        case Pseudo::zone_servers:
            return ask_upwards(query, asked, answer);
        default:
            break;
        }
        if (query.type == dns::Type::soa)
            return ask_upwards(query, asked, answer);
        // RFC 7208 section 3.1: SPF lives in TXT records.
        const auto type = query.type == dns::Type::spf ? dns::Type::txt : query.type;
        add_records(query, TRY(lookup(query, asked, type)), answer);
        return {};
    }

    Status ask_addresses(const Query& query, std::string_view name, Answer& answer)
    {
        auto v6 = lookup(query, name, dns::Type::aaaa);
        if (v6)
            add_records(query, *v6, answer);
        add_records(query, TRY(lookup(query, name, dns::Type::a)), answer);
        return v6 ? Status{} : Status(std::move(v6).error());
    }

    // SOA and ZNS: the nearest domain above that has such records, down to the top level.
    Status ask_upwards(const Query& query, std::string_view name, Answer& answer)
    {
        for (; !name.empty(); name = without_first_label(name)) {
            const auto found = TRY(lookup(query, name, query.type));
            if (!found.found())
                continue;
            add_records(query, found, answer);
            break;
        }
        return {};
    }

    // Manual 44.52: the SRV record of _client._smtp, or one of a parent that speaks for its subdomains.
    Status ask_csa(const Query& query, std::string_view name, Answer& answer)
    {
        const auto own = TRY(lookup(query, "_client._smtp." + std::string(name), dns::Type::srv));
        for (const auto& srv : own.all<dns::Service>()) {
            if (srv.priority != 1)
                continue; // the version of CSA
            const char* code = srv.weight == 1 ? "N" : srv.weight == 2 ? "Y" : srv.weight == 3 ? "?" : nullptr;
            if (!code)
                continue;
            add(answer, query, code + std::string{query.field_separator} + srv.host);
            return {};
        }
        auto parent = without_first_label(name);
        for (std::int64_t i = 0; i < csa_habits().search_limit && parent.find('.') != std::string_view::npos; ++i) {
            const auto found = TRY(lookup(query, "_client._smtp." + std::string(parent), dns::Type::srv));
            for (const auto& srv : found.all<dns::Service>())
                if (srv.priority == 1 && (srv.port & 1)) {
                    add(answer, query, "X" + std::string{query.field_separator} + srv.host);
                    return {};
                }
            parent = without_first_label(parent);
        }
        return {};
    }

    const Environment& environment_;
};

Result<std::unique_ptr<Source>> open(const Environment& environment, const std::string&)
{
    return std::unique_ptr<Source>(std::make_unique<Records>(environment));
}

const RegisterLookup self{{
    .name = "dnsdb",
    .style = Style::query,
    .open = open,
    .doc = "Records of the domain name system: dnsdb{mx=example.org}.",
}};

}
}
