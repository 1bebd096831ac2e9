#include "common/spf/check.h"

#include <algorithm>

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/mail/address.h"

namespace gp::spf {
namespace {

using Kind = Directive::Kind;

constexpr std::size_t longest_domain = 253;
constexpr std::size_t longest_label = 63;
constexpr std::size_t longest_explanation = 1000;

bool is_domain(std::string_view name)
{
    if (name.ends_with('.'))
        name.remove_suffix(1);
    if (name.empty() || name.size() > longest_domain)
        return false;
    for (auto label : split(name, '.'))
        if (label.empty() || label.size() > longest_label)
            return false;
    return true;
}

// As much of a name as fits, from its right end (section 7.3).
std::string fitting(std::string name)
{
    while (name.size() > longest_domain) {
        const auto dot = name.find('.');
        if (dot == std::string::npos)
            break;
        name.erase(0, dot + 1);
    }
    return name;
}

std::string url_escaped(std::string_view text)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (char c : text) {
        if (is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~') {
            out += c;
            continue;
        }
        const auto octet = static_cast<unsigned char>(c);
        out += {'%', digits[octet >> 4], digits[octet & 15]};
    }
    return out;
}

class Check {
public:
    Check(dns::Resolver& resolver, const Question& question, event::Deadline until, const Limits& limits)
        : resolver_(resolver), question_(question), until_(until), limits_(limits), client_(question.client.unmapped())
    {
        sender_ = question.sender.empty() ? "postmaster@" + question.helo : question.sender;
        local_part_ = std::string(mail::local_part_of(sender_));
        sender_domain_ = std::string(mail::domain_of(sender_));
        if (local_part_.empty())
            local_part_ = "postmaster";
        sender_ = local_part_ + "@" + sender_domain_;
    }
    Verdict run();

private:
    struct Found {
        Outcome outcome;
        std::string explanation, reason;
    };
    // An error ends it all: a temporary one is temperror, any other permerror.
    Result<Found> host(const std::string& domain, bool is_included);
    Result<std::optional<std::string>> record_of(const std::string& domain);
    Result<Found> evaluate(const Record& record, const std::string& domain, bool is_included);
    Result<bool> matches(const Directive& directive, const std::string& domain);
    Result<bool> address_in(const std::string& name, const Directive& directive);
    Result<bool> exchanger_in(const std::string& name, const Directive& directive);
    Result<bool> pointer_in(const std::string& name);
    std::vector<std::string> validated_names();
    std::string best_name(const std::string& domain);
    std::string explain(const std::string& spec, const std::string& domain);
    std::string expand(std::string_view text, const std::string& domain);
    std::string macro(std::string_view body, const std::string& domain);
    std::string value_of(char letter, const std::string& domain);
    std::string target(const Directive& directive, const std::string& domain)
    {
        return directive.domain.empty() ? domain : fitting(expand(directive.domain, domain));
    }
    Result<dns::Answer> ask(const std::string& name, dns::Type type, bool counts);
    Status count_lookup();
    bool fits(const net::Address& address, const Directive& directive) const;
    dns::Type address_type() const { return client_.is_v4() ? dns::Type::a : dns::Type::aaaa; }

    dns::Resolver& resolver_;
    const Question& question_;
    const event::Deadline until_;
    const Limits limits_;
    const net::Address client_;
    std::string sender_, local_part_, sender_domain_;
    unsigned lookups_ = 0, voids_ = 0;
    bool is_guessed_ = false;
    std::optional<std::vector<std::string>> names_; // of the client, validated
};

Error stop(std::string why)
{
    return permanent(std::move(why));
}

Verdict Check::run()
{
    Verdict verdict{.domain = sender_domain_, .sender = sender_};
    auto found = host(sender_domain_, false);
    verdict.is_guessed = is_guessed_;
    if (!found) {
        verdict.outcome = found.error().blame == Blame::temporary ? Outcome::temperror : Outcome::permerror;
        verdict.reason = found.error().text;
        return verdict;
    }
    verdict.outcome = found->outcome;
    verdict.explanation = std::move(found->explanation);
    verdict.reason = std::move(found->reason);
    verdict.is_explained = !verdict.explanation.empty();
    if (verdict.is_explained || question_.comment.empty() || !is_macro_string(question_.comment, true))
        return verdict;
    verdict.explanation = expand(question_.comment, sender_domain_);
    return verdict;
}

// Section 4.6.4: terms that ask the DNS.
Status Check::count_lookup()
{
    if (++lookups_ > limits_.lookups)
        return stop("more than " + std::to_string(limits_.lookups) + " DNS look-ups");
    return {};
}

Result<dns::Answer> Check::ask(const std::string& name, dns::Type type, bool counts)
{
    auto answer = resolver_.lookup(name, type, until_);
    if (!answer)
        return temporary(answer.error().text);
    if (!answer->found() && counts && ++voids_ > limits_.voids)
        return stop("more than " + std::to_string(limits_.voids) + " DNS look-ups without an answer");
    return answer;
}

// Section 4.5. Nothing: there is none.
Result<std::optional<std::string>> Check::record_of(const std::string& domain)
{
    const auto answer = TRY(ask(domain, dns::Type::txt, false));
    std::optional<std::string> record;
    for (const auto& text : answer.all<dns::Text>()) {
        auto joined = text.joined();
        if (!is_record(joined))
            continue;
        if (record)
            return stop(domain + " has more than one SPF record");
        record = std::move(joined);
    }
    return record;
}

Result<Check::Found> Check::host(const std::string& domain, bool is_included)
{
    // Section 4.3.
    if (!is_domain(domain) || std::string_view(domain).substr(0, domain.size() - 1).find('.') == std::string::npos)
        return Found{Outcome::none, {}, "\"" + escape(domain) + "\" is no domain with a record"};
    auto text = TRY(record_of(domain));
    if (!text && !question_.guess.empty() && !is_included && lookups_ == 0) {
        is_guessed_ = true;
        text = question_.guess;
    }
    if (!text)
        return Found{Outcome::none, {}, {}};
    return evaluate(TRY(parse_record(*text)), domain, is_included);
}

Result<Check::Found> Check::evaluate(const Record& record, const std::string& domain, bool is_included)
{
    for (const auto& directive : record.directives) {
        if (!TRY(matches(directive, domain)))
            continue;
        Found found{directive.outcome, {}, directive.text};
        if (found.outcome == Outcome::fail && record.explanation && !is_included)
            found.explanation = explain(*record.explanation, domain);
        return found;
    }
    if (!record.redirect)
        return Found{Outcome::neutral, {}, {}};
    TRY(count_lookup());
    const auto next = fitting(expand(*record.redirect, domain));
    auto found = TRY(host(next, is_included));
    if (found.outcome == Outcome::none) // section 6.1
        return stop("redirect to " + escape(next) + ", which has no record");
    return found;
}

Result<bool> Check::matches(const Directive& directive, const std::string& domain)
{
    switch (directive.kind) {
    case Kind::all: return true;
    case Kind::ip: return directive.network.base().is_v4() == client_.is_v4() && directive.network.contains(client_);
    default: break;
    }
    TRY(count_lookup());
    const auto name = target(directive, domain);
    if (directive.kind == Kind::include) {
        const auto found = TRY(host(name, true));
        if (found.outcome == Outcome::none) // section 5.2
            return stop("include of " + escape(name) + ", which has no record");
        return found.outcome == Outcome::pass;
    }
    if (!is_domain(name))
        return false;
    switch (directive.kind) {
    case Kind::a: return address_in(name, directive);
    case Kind::mx: return exchanger_in(name, directive);
    case Kind::ptr: return pointer_in(name);
    default: return TRY(ask(name, dns::Type::a, true)).found(); // exists, section 5.7
    }
}

bool Check::fits(const net::Address& address, const Directive& directive) const
{
    return address.is_v4() == client_.is_v4() &&
           net::Cidr{address, client_.is_v4() ? directive.bits4 : directive.bits6}.contains(client_);
}

Result<bool> Check::address_in(const std::string& name, const Directive& directive)
{
    const auto answer = TRY(ask(name, address_type(), true));
    return std::ranges::any_of(answer.addresses(), [&](const auto& address) { return fits(address, directive); });
}

Result<bool> Check::exchanger_in(const std::string& name, const Directive& directive)
{
    const auto exchangers = TRY(ask(name, dns::Type::mx, true)).all<dns::MailExchanger>();
    if (exchangers.size() > limits_.names)
        return stop(name + " has more than " + std::to_string(limits_.names) + " mail exchangers");
    for (const auto& exchanger : exchangers)
        if (!exchanger.host.empty() && TRY(address_in(exchanger.host, directive)))
            return true;
    return false;
}

// Section 5.5: names of the client whose addresses have the client among them. What cannot be found out is no name.
std::vector<std::string> Check::validated_names()
{
    if (names_)
        return *names_;
    names_.emplace();
    const auto pointers = resolver_.lookup(client_.arpa(), dns::Type::ptr, until_);
    if (!pointers)
        return *names_;
    unsigned count = 0;
    for (const auto& pointer : pointers->all<dns::Target>()) {
        if (++count > limits_.names)
            break;
        const auto answer = resolver_.lookup(pointer.name, address_type(), until_);
        if (answer && std::ranges::count(answer->addresses(), client_))
            names_->push_back(pointer.name);
    }
    return *names_;
}

bool is_below(std::string_view name, std::string_view domain)
{
    if (domain.ends_with('.'))
        domain.remove_suffix(1);
    return same_nocase(name, domain) ||
           (name.size() > domain.size() && same_nocase(name.substr(name.size() - domain.size()), domain) &&
            name[name.size() - domain.size() - 1] == '.');
}

Result<bool> Check::pointer_in(const std::string& name)
{
    return std::ranges::any_of(validated_names(), [&](const auto& one) { return is_below(one, name); });
}

// Section 7.3, macro p.
std::string Check::best_name(const std::string& domain)
{
    const auto names = validated_names();
    for (const auto& name : names)
        if (same_nocase(name, domain))
            return name;
    for (const auto& name : names)
        if (is_below(name, domain))
            return name;
    return names.empty() ? "unknown" : names.front();
}

// --- macros, section 7 ---

std::string Check::value_of(char letter, const std::string& domain)
{
    const auto dotted = [&] {
        if (client_.is_v4())
            return client_.text();
        std::string out;
        for (const auto octet : client_.bytes())
            for (const int nibble : {octet >> 4, octet & 15})
                out += (out.empty() ? "" : ".") + std::string(1, "0123456789ABCDEF"[static_cast<std::size_t>(nibble)]);
        return out;
    };
    switch (letter) {
    case 's': return sender_;
    case 'l': return local_part_;
    case 'o': return sender_domain_;
    case 'd': return domain;
    case 'i': return dotted();
    case 'p': return best_name(domain);
    case 'v': return client_.is_v4() ? "in-addr" : "ip6";
    case 'h': return question_.helo;
    case 'c': return client_.text();
    case 'r': return question_.receiver;
    default: return std::to_string(question_.now);
    }
}

// "d2r.-": the value cut at the delimiters, turned round, and of it the last so many parts.
std::string Check::macro(std::string_view body, const std::string& domain)
{
    const char letter = body.front();
    auto rest = body.substr(1);
    std::size_t count = 0;
    for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1))
        count = std::min<std::size_t>(count * 10 + static_cast<std::size_t>(rest.front() - '0'), 1000);
    const bool is_reversed = !rest.empty() && to_lower(rest.front()) == 'r';
    if (is_reversed)
        rest.remove_prefix(1);
    const auto value = value_of(to_lower(letter), domain);
    std::string out = value;
    if (count != 0 || is_reversed || !rest.empty()) {
        const std::string cuts = rest.empty() ? "." : std::string(rest);
        std::vector<std::string> parts(1);
        for (char c : value)
            if (cuts.find(c) != std::string::npos)
                parts.emplace_back();
            else
                parts.back() += c;
        if (is_reversed)
            std::ranges::reverse(parts);
        if (count != 0 && count < parts.size())
            parts.erase(parts.begin(), parts.end() - static_cast<std::ptrdiff_t>(count));
        out = join(parts, ".");
    }
    return letter != to_lower(letter) ? url_escaped(out) : out;
}

// Of a text that is_macro_string().
std::string Check::expand(std::string_view text, const std::string& domain)
{
    std::string out;
    while (!text.empty()) {
        const auto percent = text.find('%');
        out += text.substr(0, percent);
        if (percent == std::string_view::npos)
            break;
        text.remove_prefix(percent);
        const char kind = text[1];
        if (kind == '{') {
            const auto end = text.find('}');
            out += macro(text.substr(2, end - 2), domain);
            text.remove_prefix(end + 1);
            continue;
        }
        out += kind == '%' ? "%" : kind == '_' ? " " : "%20";
        text.remove_prefix(2);
    }
    return out;
}

// Section 6.2: nothing where anything is wrong with it.
std::string Check::explain(const std::string& spec, const std::string& domain)
{
    const auto name = fitting(expand(spec, domain));
    if (!is_domain(name))
        return {};
    const auto answer = resolver_.lookup(name, dns::Type::txt, until_);
    if (!answer)
        return {};
    const auto texts = answer->all<dns::Text>();
    if (texts.size() != 1)
        return {};
    const auto text = texts.front().joined();
    if (!is_macro_string(text, true))
        return {};
    return expand(text, domain).substr(0, longest_explanation);
}

}

Verdict check(dns::Resolver& resolver, const Question& question, event::Deadline until, const Limits& limits)
{
    return Check{resolver, question, until, limits}.run();
}

}
