// spf = RESULT : RESULT …: what the sender's domain says of this client (manual 58.4, RFC 7208). spf_guess takes a
// record of ours where the domain has none.

#include "common/acl/condition.h"
#include "common/acl/outcomes.h"
#include "common/base/text.h"
#include "common/spf/check.h"

namespace gp::acl {
namespace {

constexpr std::string_view results[] = {"pass", "fail", "softfail", "none", "neutral", "permerror", "temperror", "invalid",
                                        "err_perm", "err_temp"};
// Old names that Exim takes (err_perm, err_temp).
constexpr std::pair<std::string_view, std::string_view> aliases[] = {{"err_perm", "permerror"}, {"err_temp", "temperror"}};

std::string comment_on(const spf::Verdict& verdict, const std::string& client)
{
    using spf::Outcome;
    const std::string domain = escape(verdict.domain);
    switch (verdict.outcome) {
    case Outcome::pass: return "domain of " + domain + " designates " + client + " as permitted sender";
    case Outcome::fail: return "domain of " + domain + " does not designate " + client + " as permitted sender";
    case Outcome::softfail: return "transitioning domain of " + domain + " does not designate " + client + " as permitted sender";
    case Outcome::neutral: return client + " is neither permitted nor denied by domain of " + domain;
    case Outcome::none: return "domain of " + domain + " does not provide an SPF record";
    default: return "error in processing during lookup of " + domain + ": " + escape(verdict.reason);
    }
}

// What a client may hear of it; nothing where nothing is wrong.
std::string words_for_client(const spf::Verdict& verdict)
{
    using spf::Outcome;
    const bool is_told = verdict.outcome == Outcome::fail || verdict.outcome == Outcome::softfail || verdict.outcome == Outcome::neutral;
    if (!is_told || verdict.is_explained)
        return is_told ? escape(verdict.explanation) : std::string{};
    return escape(verdict.explanation) + " : Reason: " + (verdict.reason.empty() ? "default" : "mechanism");
}

// spf_smtp_comment_template, whose other signs are SPF's own macros.
std::string comment_template(Context& context)
{
    if (!context.spf_comment)
        return {};
    auto words = context.spf_comment->expand(context.scene);
    return words ? std::move(words->text) : std::string{};
}

Result<std::vector<WantedOutcome>> wanted_results(std::string_view text)
{
    auto out = TRY(parse_outcomes(text, results, "SPF result"));
    for (auto& wanted : out)
        for (const auto& [old, name] : aliases)
            if (wanted.name == old)
                wanted.name = name;
    return out;
}

void tell(Context& context, std::string_view name, const std::string& value)
{
    keep_fact(context, name, value, "SPF");
}

class Spf final : public Test {
public:
    Spf(expand::Expression list, bool guesses) : list_(std::move(list)), guesses_(guesses) {}
    Result<Truth> test(Context& context) const override
    {
        auto words = list_.expand(context.scene);
        if (!words)
            return words.error().cause == Cause::forced_fail ? passed_over() : words.error();
        const auto wanted = TRY(wanted_results(words->text));
        return meets(wanted, TRY(evaluate(context))) ? Truth::yes : Truth::no;
    }

private:
    Result<std::string> evaluate(Context& context) const;

    expand::Expression list_;
    const bool guesses_;
};

Result<std::string> Spf::evaluate(Context& context) const
{
    const auto* origin = context.scene.origin;
    const auto client = net::Address::parse(origin ? origin->host_address : "");
    if (!client || !context.resolver)
        return std::string("none"); // a program of this machine
    const auto key = (guesses_ ? "guess " : "spf ") + origin->helo_name + " " + std::string(context.sender);
    // Asked once for a message, however many statements want to know.
    const auto* known = context.scene.facts.find("spf_of");
    if (const auto* result = context.scene.facts.find("spf_result"); known && result && known->text == key)
        return result->text;
    const auto& site = context.scene.world.site;
    const spf::Question question{.client = *client,
                                 .helo = origin->helo_name,
                                 .sender = std::string(context.sender),
                                 .receiver = site.primary_hostname,
                                 .now = context.now,
                                 .guess = guesses_ ? context.spf_guess : std::string{},
                                 .comment = comment_template(context)};
    const auto verdict = spf::check(*context.resolver, question, event::Deadline::in(context.dns_timeout));
    const std::string result{spf::name_of(verdict.outcome)};
    const auto comment = site.primary_hostname + ": " + comment_on(verdict, client->text());
    tell(context, "spf_of", key);
    tell(context, "spf_result", result);
    tell(context, "spf_result_guessed", verdict.is_guessed ? "yes" : "no");
    tell(context, "spf_header_comment", comment);
    tell(context, "spf_smtp_comment", words_for_client(verdict));
    tell(context, "spf_received", "Received-SPF: " + result + " (" + comment + ") client-ip=" + client->text() + "; envelope-from=" +
                                      escape(verdict.sender) + "; helo=" + escape(origin->helo_name) + ";");
    tell(context, "authresults_spf", "spf=" + result + (verdict.is_guessed ? " (best guess record for domain)" : "") +
                                         (context.sender.empty() ? " smtp.helo=" : " smtp.mailfrom=") + escape(verdict.domain));
    return result;
}

template <bool guesses>
Result<std::unique_ptr<Test>> make(const expand::Language& language, std::string_view argument)
{
    auto list = TRY(language.parse(argument));
    if (const auto* constant = list.constant())
        TRY(wanted_results(*constant));
    return std::unique_ptr<Test>{std::make_unique<Spf>(std::move(list), guesses)};
}

constexpr auto allowed = where_mail | where_rcpt | where_predata | where_mime | where_dkim | where_data | where_prdr;

const RegisterCondition self{{.name = "spf", .allowed_at = allowed, .make = make<false>,
                              .doc = "What SPF says of the client and the sender's domain."}};
const RegisterCondition guess{{.name = "spf_guess", .allowed_at = allowed, .make = make<true>,
                               .doc = "The same, with a record assumed where the domain has none."}};

}
}
