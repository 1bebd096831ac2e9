// verify = WHAT[/options]: addresses by routing, headers by syntax, names by the DNS (manual 44.26).

#include "common/acl/condition.h"
#include "common/acl/helo_check.h"
#include "common/acl/verify_options.h"
#include "common/base/text.h"
#include "common/expand/client_name.h"
#include "common/expand/headers.h"
#include "common/expand/unknown_names.h"
#include "common/mail/address.h"
#include "common/mail/address_parser.h"

namespace gp::acl {
namespace {

using Check = Result<Truth> (*)(Context& context, std::string_view value, const VerifyOptions& options);

// What cannot be told now may be good enough: the option's own word for callouts is for them alone.
Truth take(Context& context, Verified verified, std::string_view failure_fact, const VerifyOptions& options)
{
    const bool callout_will_do = verified.by_callout && options.callout && options.callout->defer_ok;
    if (verified.truth == Truth::defer && (options.defer_ok || callout_will_do))
        return Truth::yes;
    context.texts = {.user = std::move(verified.message), .log = std::move(verified.log_message)};
    if (options.quota) // how full a mailbox is a stranger hears only from the administrator's own words, as in Exim
        context.scene.facts.set("acl_verify_message", Text::clean(std::exchange(context.texts.user, {})));
    context.scene.facts.set(failure_fact, Text::clean(verified.failure));
    return verified.truth;
}

Result<Truth> sender(Context& context, std::string_view value, const VerifyOptions& options)
{
    const std::string address{value.empty() ? context.sender : value};
    if (address.empty()) // the null sender needs no verification
        return Truth::yes;
    if (!context.verifier)
        return misconfigured("verify = sender is not possible here");
    auto verified = context.verifier->sender(address, options);
    context.state.sender_address_data = verified.address_data;
    context.scene.facts.set("sender_address_data", Text::from(verified.address_data, "$sender_address_data"));
    return take(context, std::move(verified), "sender_verify_failure", options);
}

Result<Truth> recipient(Context& context, std::string_view, const VerifyOptions& options)
{
    if (!context.verifier)
        return misconfigured("verify = recipient is not possible here");
    auto verified = context.verifier->recipient(context.recipient, options);
    context.state.address_data = verified.address_data;
    context.scene.facts.set("address_data", Text::from(verified.address_data, "$address_data"));
    if (!verified.taken_local_part.empty()) { // manual 44.46: a host vouches for them
        context.scene.facts.set("local_part_data", Text::clean(verified.taken_local_part));
        context.scene.facts.set("domain_data", Text::clean(verified.taken_domain));
    }
    return take(context, std::move(verified), "recipient_verify_failure", options);
}

Result<Truth> helo(Context& context, std::string_view, const VerifyOptions&)
{
    const auto checked = check_helo(context.scene);
    note_helo(checked, context.scene, context.state);
    return checked.is_own;
}

Result<Truth> certificate(Context& context, std::string_view, const VerifyOptions&)
{
    if (context.scene.origin && context.scene.origin->tls_certificate_verified)
        return Truth::yes;
    context.texts.user = "no verified certificate";
    return Truth::no;
}

Result<Truth> reverse_host_lookup(Context& context, std::string_view, const VerifyOptions&)
{
    if (!context.scene.host || !context.scene.host->is_remote())
        return Truth::yes;
    const bool was_asked = context.scene.host->lookup() == match::Host::Lookup::failed;
    switch (expand::find_client_name(context.scene)) {
    case match::Host::Lookup::found: return Truth::yes;
    case match::Host::Lookup::deferred:
        context.texts.log = "host lookup deferred for reverse lookup check";
        return Truth::defer;
    default:
        context.texts.log = std::string(was_asked ? "host lookup failed" : "host lookup failed for reverse lookup check") +
                            " (failed to find host name from IP address)";
        return Truth::no;
    }
}

// What is wrong with a message is for the log; the client is told on request (manual 14.23,
// smtp_return_error_details).
void refuse_message(Context& context, const std::string& why)
{
    context.texts = {.user = context.tells_details ? "Rejected after DATA: " + why : std::string{},
                     .log = why};
}

constexpr std::size_t most_shown = 1024; // octets of a bad address
const mail::AddressRules list_rules{.allow_domain_literals = true, .allow_utf8_domains = true};

// Folds are shown as such, for the log has one line.
std::string in_one_line(std::string_view text)
{
    return replace_all(replace_all(std::string(text), "\r\n", "\n"), "\n", "\\n");
}

// "is: x", or "begins: xxx" of one that is long.
std::string beginning(std::string_view address)
{
    return (address.size() > most_shown ? "begins: " : "is: ") + in_one_line(trim(address.substr(0, most_shown)));
}

constexpr std::string_view address_headers[] = {"From", "Reply-To", "Sender", "To", "Cc", "Bcc"};

// A header that was sent again has its fields before it, of the same kind (RFC 5322 section 3.6.6).
bool is_field(std::string_view name, std::string_view wanted)
{
    return same_nocase(starts_nocase(name, "Resent-") ? name.substr(7) : name, wanted);
}

// What is wrong with the item of a list, in words that show a fold as such: what may not follow goes on to the end of the header.
std::string fault_of(const mail::ListedAddress& item, std::string_view body)
{
    auto fault = item.parsed.error().text;
    if (trim(body.substr(item.end)).empty()) {
        const auto whole = mail::parse_address(replace_all(std::string(trim_right(body.substr(item.begin))), "\r\n", "\n") + "\n", list_rules);
        fault = whole ? fault : whole.error().text;
    }
    return in_one_line(fault);
}

// Every address list of the headers parses (manual 44.26, header_syntax).
Result<Truth> header_syntax(Context& context, std::string_view, const VerifyOptions&)
{
    const expand::Headers headers{context.headers};
    for (const auto& line : headers.lines()) {
        const bool watched = std::ranges::any_of(address_headers, [&](auto name) { return is_field(line.name, name); });
        if (!watched)
            continue;
        const auto list = mail::parse_address_list(line.body, list_rules);
        for (const auto& item : list.items) {
            const bool bare = item.parsed && !item.parsed->has_domain();
            if (item.parsed && !bare)
                continue;
            const std::string why = bare ? "unqualified address not permitted" : fault_of(item, line.body);
            refuse_message(context, why + ": failing address in \"" + std::string(line.name) + ":\" header " +
                                        beginning(line.body.substr(item.begin, item.end - item.begin)));
            return Truth::no;
        }
    }
    return Truth::yes;
}

// An address list that does not parse ends the search for a sender, as in Exim.
Truth malformed_sender(Context& context, std::string_view name, std::string_view body, const mail::ListedAddress& item)
{
    refuse_message(context, "syntax error in '" + std::string(name) + ":' header when scanning for sender: " + fault_of(item, body) +
                                " in \"" + in_one_line(body.substr(item.begin, std::min(item.end - item.begin, most_shown))) + "\"");
    return Truth::no;
}

// At least one of From, Reply-To, Sender has an address that verifies as a sender.
Result<Truth> header_sender(Context& context, std::string_view, const VerifyOptions& options)
{
    if (!context.verifier)
        return misconfigured("verify = header_sender is not possible here");
    const expand::Headers headers{context.headers};
    bool deferred = false;
    std::string why; // of the last one
    for (std::string_view wanted : {"Sender", "Reply-To", "From"})
        for (const auto& line : headers.lines()) {
            if (!is_field(line.name, wanted))
                continue;
            for (const auto& item : mail::parse_address_list(line.body, {.allow_domain_literals = true}, 100).items) {
                if (!item.parsed)
                    return malformed_sender(context, line.name, line.body, item);
                auto verified = context.verifier->header_sender(item.parsed->address, options);
                if (take(context, verified, "sender_verify_failure", options) == Truth::yes)
                    return Truth::yes;
                deferred |= verified.truth == Truth::defer;
                why = "could not verify \"" + std::string(line.name) + ":\" header address\n" + item.parsed->address + ": " + verified.why;
            }
        }
    const std::string found = deferred ? "all attempts to verify a sender in a header line deferred"
                                       : "there is no valid sender in any header line";
    refuse_message(context, why.empty() ? found : why);
    context.texts.log = found;
    return deferred ? Truth::defer : Truth::no;
}

struct Named {
    std::string local_part, domain;
};
constexpr std::string_view recipient_headers[] = {"To", "Cc", "Resent-To", "Resent-Cc"};

// Every recipient of the envelope is named in To or Cc, local parts in the same case unless it is said otherwise.
Result<Truth> not_blind(Context& context, std::string_view, const VerifyOptions& options)
{
    const expand::Headers headers{context.headers};
    const auto is_one = [&](const Named& named, std::string_view address) {
        const bool same = options.case_insensitive ? same_nocase(named.local_part, mail::local_part_of(address))
                                                   : named.local_part == mail::local_part_of(address);
        return same && same_nocase(named.domain, mail::domain_of(address));
    };
    std::vector<Named> named;
    for (const auto& line : headers.lines())
        if (std::ranges::any_of(recipient_headers, [&](auto name) { return same_nocase(line.name, name); }))
            for (const auto& item : mail::parse_address_list(line.body, {.allow_domain_literals = true}).items)
                if (item.parsed)
                    named.push_back({std::string(mail::local_part_of(item.parsed->address)),
                                     std::string(mail::domain_of(item.parsed->address))});
    for (const auto& address : context.recipients ? *context.recipients : std::vector<std::string>{})
        if (std::ranges::none_of(named, [&](const auto& other) { return is_one(other, address); })) {
            refuse_message(context, "bcc recipient detected");
            return Truth::no;
        }
    return Truth::yes;
}

Result<Truth> header_names_ascii(Context& context, std::string_view, const VerifyOptions&)
{
    const expand::Headers headers{context.headers};
    for (const auto& line : headers.lines())
        if (!std::ranges::all_of(line.name, [](char c) { return c > ' ' && c <= '~'; })) {
            refuse_message(context, "Invalid character in header \"" + escape(line.name) + "\" found");
            return Truth::no;
        }
    return Truth::yes;
}

// Client SMTP Authorization (manual 44.52): the owner of the domain in HELO says which hosts may use its name.
struct Csa {
    std::string_view status; // $csa_status
    std::string_view why;
};
constexpr Csa csa_unknown{"unknown", "unknown"}, csa_ok{"ok", "ok"},
    csa_defer_record{"defer", "deferred (SRV lookup failed)"},
    csa_defer_address{"defer", "deferred (target address lookup failed)"},
    csa_fail_explicit{"fail", "failed (explicit authorization required)"},
    csa_fail_domain{"fail", "failed (host name not authorized)"}, csa_fail_none{"fail", "failed (no authorized addresses)"},
    csa_fail_address{"fail", "failed (client address mismatch)"};

// An address, and an address literal, which the look-up asks for in its reversed form (dns_csa_use_reverse); or a name.
// Empty: neither.
std::string csa_domain(std::string_view words)
{
    const auto address = words.starts_with('[') ? net::Address::parse_literal(words.substr(1, words.size() - 2)) : net::Address::parse(words);
    if (address)
        return address->text();
    const bool is_name = std::ranges::all_of(words, [](char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; });
    return is_name ? std::string(words) : std::string{};
}

// `words`: what stands behind "csa/"; empty: the name in HELO, or the address of a client that said none.
Csa judge_csa(Context& context, std::string_view words)
{
    const auto& host = *context.scene.host;
    const auto& helo = context.scene.origin->helo_name;
    const auto domain = csa_domain(!words.empty() ? words : !helo.empty() ? std::string_view(helo) : std::string_view(context.scene.origin->host_address));
    if (domain.empty())
        return csa_unknown;
    const auto& lookups = context.scene.world.lists.lookups();
    const auto type = lookups.parse_type("dnsdb");
    if (!type)
        return csa_unknown;
    const auto found = lookups.query(*type, Text::clean("csa=" + domain), lookup::Hooks{.expand = {}});
    if (!found)
        return csa_defer_record;
    if (!found->found || found->value.text.size() < 3)
        return csa_unknown;
    const auto& answer = found->value.text;
    if (answer[0] != 'Y')
        return answer[0] == '?' ? csa_unknown : answer[0] == 'X' ? csa_fail_explicit : csa_fail_domain;
    auto* names = context.scene.world.lists.names();
    const auto target = names ? names->addresses_of(std::string_view(answer).substr(2)) : temporary("no names");
    if (!target)
        return csa_defer_address;
    if (target->addresses.empty())
        return csa_fail_none;
    const bool is_one = host.address() && std::ranges::count(target->addresses, *host.address()) > 0;
    return is_one ? csa_ok : csa_fail_address;
}

Result<Truth> csa(Context& context, std::string_view words, const VerifyOptions&)
{
    const bool is_remote = context.scene.host && context.scene.host->is_remote() && context.scene.origin;
    const auto result = is_remote ? judge_csa(context, words) : csa_unknown;
    context.scene.facts.set("csa_status", Text::clean(std::string(result.status)));
    context.texts.log = context.texts.user = "client SMTP authorization " + std::string(result.why); // also where it is no reason
    return result.status == "fail" ? Truth::no : Truth::yes;
}

struct Kind {
    std::string_view name;
    Check check;
    std::uint32_t allowed_at;
    bool takes_value;
};

constexpr auto at_data = where_data | where_not_smtp | where_dkim | where_prdr | where_mime;

constexpr Kind kinds[] = {
    {"sender", sender, where_mail | where_rcpt | where_predata | (at_data & ~where_mime), true},
    {"recipient", recipient, where_rcpt, false},
    {"helo", helo, where_all, false},
    {"certificate", certificate, where_all, false},
    {"csa", csa, where_all & ~(where_not_smtp | where_not_smtp_start), false},
    {"reverse_host_lookup", reverse_host_lookup, where_all, false},
    {"header_syntax", header_syntax, at_data, false},
    {"header_sender", header_sender, at_data, false},
    {"not_blind", not_blind, at_data, false},
    {"header_names_ascii", header_names_ascii, at_data, false},
};

class Verify : public Test {
public:
    Verify(const Kind* kind, std::string value, VerifyOptions options)
        : kind_(kind), value_(std::move(value)), options_(std::move(options))
    {
    }
    Result<Truth> test(Context& context) const override
    {
        if (!(kind_->allowed_at & context.where))
            return misconfigured("cannot verify " + std::string(kind_->name) + " in ACL for " +
                                 std::string(where_name(context.where)));
        auto truth = kind_->check(context, value_, options_);
        if (truth && *truth == Truth::defer && options_.defer_ok)
            return Truth::yes;
        return truth;
    }

    static Result<std::unique_ptr<Test>> make(const expand::Language&, std::string_view argument)
    {
        auto pieces = split(argument, '/');
        auto word = trim(pieces[0]);
        std::string value;
        if (const auto equals = word.find('='); equals != std::string_view::npos) {
            value = trim(word.substr(equals + 1));
            word = trim(word.substr(0, equals));
        }
        const auto* kind = std::ranges::find(kinds, word, &Kind::name);
        if (kind == std::end(kinds))
            return misconfigured("expected \"sender[=address]\", \"recipient\", \"helo\", \"header_syntax\", \"header_sender\", "
                                 "\"header_names_ascii\" or \"reverse_host_lookup\" at start of ACL condition \"verify " +
                                 escape(argument) + "\"" + meant(word));
        if (!value.empty() && !kind->takes_value)
            return misconfigured("\"" + std::string(word) + "\" takes no value");
        VerifyOptions options;
        if (kind->check == csa && pieces.size() == 2) // the domain that is asked for (manual 44.52)
            return std::unique_ptr<Test>{std::make_unique<Verify>(kind, std::string(trim(pieces[1])), std::move(options))};
        for (std::size_t i = 1; i < pieces.size(); ++i)
            TRY(read_verify_option(trim(pieces[i]), word, options));
        return std::unique_ptr<Test>{std::make_unique<Verify>(kind, std::move(value), std::move(options))};
    }

private:
    static std::string meant(std::string_view word)
    {
        std::vector<std::string_view> names;
        for (const auto& kind : kinds)
            names.push_back(kind.name);
        const auto near = nearest(word, names);
        return near.empty() ? std::string{} : " (did you mean \"" + std::string(near) + "\"?)";
    }

    const Kind* kind_;
    const std::string value_;
    const VerifyOptions options_;
};

// "verify = ${env{CHECK}}": what is to be verified is known only when it is.
class VerifyExpanded final : public Test {
public:
    VerifyExpanded(const expand::Language& language, expand::Expression text) : language_(language), text_(std::move(text)) {}
    Result<Truth> test(Context& context) const override
    {
        auto words = text_.expand(context.scene);
        if (!words)
            return words.error().cause == Cause::forced_fail ? passed_over() : words.error();
        return TRY(Verify::make(language_, words->text))->test(context);
    }
    static Result<std::unique_ptr<Test>> make(const expand::Language& language, std::string_view argument)
    {
        auto text = TRY(language.parse(argument));
        if (const auto* constant = text.constant()) {
            auto made = Verify::make(language, *constant);
            if (made || !expand::unknown_names_fail_late_here())
                return made;
        }
        return std::unique_ptr<Test>{std::make_unique<VerifyExpanded>(language, std::move(text))};
    }

private:
    const expand::Language& language_;
    expand::Expression text_;
};

const RegisterCondition self{{
    .name = "verify",
    .make = VerifyExpanded::make,
    .doc = "The sender, the recipient, a header or the host is what it claims to be.",
}};

}
}
