// dmarc_status = STATUS : STATUS …: what the domain in From: wants done with the message, by what SPF and DKIM have
// said (manual 58.6, RFC 7489). The spf condition is to be asked before; the public suffixes are in dmarc_tld_file.

#include "common/acl/condition.h"
#include "common/acl/outcomes.h"
#include "common/base/text.h"
#include "common/dmarc/check.h"
#include "common/dmarc/suffix_file.h"
#include "common/expand/headers.h"
#include "common/log/log.h"
#include "common/mail/address.h"
#include "common/mail/address_parser.h"

namespace gp::acl {
namespace {

constexpr std::string_view statuses[] = {"accept", "reject", "quarantine", "none", "norecord", "nofrom", "temperror", "off"};
constexpr std::string_view status_word = "DMARC status";
constexpr std::size_t most_authors = 100; // addresses of From: that are looked at
constexpr std::size_t most_domains = 10;  // of them, whose records are asked for

// The domains of From:. Readers may be shown any of several, and those beside something that is no address (RFC 7489
// section 6.6.1).
std::vector<std::string> domains_of_from(std::string_view block)
{
    const expand::Headers headers{block};
    std::vector<std::string> domains;
    for (const auto& line : headers.lines()) {
        if (!same_nocase(line.name, "From"))
            continue;
        for (const auto& item : mail::parse_address_list(line.body, {.allow_utf8_domains = true}, most_authors).items) {
            auto one = item.parsed ? lower(mail::domain_of(item.parsed->address)) : std::string{};
            if (!one.empty() && domains.size() < most_domains && std::ranges::find(domains, one) == domains.end())
                domains.push_back(std::move(one));
        }
    }
    return domains;
}

// Of several domains the one that wants most done is obeyed.
int strictness(dmarc::Status status)
{
    using dmarc::Status;
    constexpr Status order[] = {Status::accept, Status::norecord, Status::none, Status::temperror, Status::quarantine, Status::reject};
    return static_cast<int>(std::ranges::find(order, status) - std::begin(order));
}

void tell(Context& context, std::string_view name, const std::string& value)
{
    keep_fact(context, name, value, "DMARC");
}

class DmarcStatus final : public Test {
public:
    explicit DmarcStatus(expand::Expression list) : list_(std::move(list)) {}
    Result<Truth> test(Context& context) const override
    {
        auto words = list_.expand(context.scene);
        if (!words)
            return words.error().cause == Cause::forced_fail ? passed_over() : words.error();
        const auto wanted = TRY(parse_outcomes(words->text, statuses, status_word));
        // Asked once for a message, however many statements want to know.
        if (kept_fact(context, "dmarc_status").empty())
            evaluate(context);
        return meets(wanted, kept_fact(context, "dmarc_status")) ? Truth::yes : Truth::no;
    }

private:
    void evaluate(Context& context) const;

    expand::Expression list_;
};

void show(Context& context, std::string_view status, std::string_view words)
{
    tell(context, "dmarc_status", std::string(status));
    tell(context, "dmarc_status_text", std::string(words));
}

// RFC 8601 section 2.7.2 and RFC 7489 section 11.2.
std::string result_of(const dmarc::Verdict& verdict)
{
    using dmarc::Status;
    switch (verdict.status) {
    case Status::accept: return "pass";
    case Status::norecord: return "none";
    case Status::temperror: return "temperror";
    default: return "fail";
    }
}

void log_verdict(const Context& context, const dmarc::Verdict& verdict, const std::string& spf_domain)
{
    if (!context.log_dmarc_verbose)
        return;
    const auto* message = context.scene.message;
    log::main((message ? std::string(message->id) + " " : std::string{}) + "DMARC results: spf_domain=" + escape(spf_domain, true) +
              " dmarc_domain=" + escape(verdict.used_domain, true) + " spf_align=" + (verdict.spf_fits ? "yes" : "no") +
              " dkim_align=" + (verdict.dkim_fits ? "yes" : "no") + " enforcement='" + std::string(dmarc::words_of(verdict.status)) + "'");
}

void DmarcStatus::evaluate(Context& context) const
{
    const auto* origin = context.scene.origin;
    const bool is_off = std::ranges::find(context.state.controls, "dmarc_disable_verify") != context.state.controls.end();
    // A program of this machine, or somebody who has logged in, speaks for itself.
    if (is_off || !context.suffixes || !origin || origin->host_address.empty() || !origin->authenticator.empty())
        return show(context, "off", "");
    const auto domains = domains_of_from(context.headers);
    if (domains.empty())
        return show(context, "nofrom", "No From: domain found");
    const auto* list = context.suffixes->now();
    if (!list || !context.resolver)
        return show(context, "temperror", "Internal Policy Error");
    const auto sender_domain = std::string(mail::domain_of(context.sender));
    const auto spf_domain = context.sender.empty() ? origin->helo_name : sender_domain;
    const bool spf_passed = kept_fact(context, "spf_result") == "pass" && kept_fact(context, "spf_result_guessed") != "yes";
    dmarc::Question question{.from = {}, .spf = spf_passed ? spf_domain : std::string{}, .signers = {}};
    const auto signers = kept_fact(context, "dkim_passed");
    for (const auto signer : split(signers, '\n'))
        if (!signer.empty())
            question.signers.emplace_back(signer);
    const auto until = event::Deadline::in(context.dns_timeout);
    dmarc::Verdict verdict;
    std::string from;
    for (const auto& domain : domains) {
        question.from = domain;
        auto one = dmarc::check(*context.resolver, *list, question, until);
        if (!from.empty() && strictness(one.status) <= strictness(verdict.status))
            continue;
        verdict = std::move(one);
        from = domain;
    }
    show(context, dmarc::name_of(verdict.status), dmarc::words_of(verdict.status));
    tell(context, "dmarc_used_domain", verdict.used_domain);
    tell(context, "dmarc_domain_policy", verdict.declared ? std::string(dmarc::name_of(*verdict.declared)) : std::string{});
    tell(context, "dmarc_alignment_spf", verdict.spf_fits ? "yes" : "no");
    tell(context, "dmarc_alignment_dkim", verdict.dkim_fits ? "yes" : "no");
    tell(context, "authresults_dmarc", "dmarc=" + result_of(verdict) +
                                           (verdict.declared ? " (p=" + std::string(dmarc::name_of(*verdict.declared)) + ")" : "") +
                                           " header.from=" + escape(from));
    log_verdict(context, verdict, spf_domain);
}

Result<std::unique_ptr<Test>> make(const expand::Language& language, std::string_view argument)
{
    auto list = TRY(language.parse(argument));
    if (const auto* constant = list.constant())
        TRY(parse_outcomes(*constant, statuses, status_word));
    return std::unique_ptr<Test>{std::make_unique<DmarcStatus>(std::move(list))};
}

const RegisterCondition self{{.name = "dmarc_status", .allowed_at = where_data | where_prdr, .make = make,
                              .doc = "What the domain in From: wants done with the message."}};

}
}
