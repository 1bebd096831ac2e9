#include "router/dkim_rounds.h"

#include <set>

#include "common/base/text.h"
#include "common/config/list.h"
#include "common/log/log.h"

namespace gp::router {
namespace {

using mail::CheckedSignature;

// Why it is not good: as $dkim_verify_reason has it, as the log does, and as Authentication-Results: does.
struct Words {
    std::string_view reason, log, header;
};
constexpr Words words[] = {
    {"pubkey_unavailable", "public key record (currently?) unavailable", "public key record (currently?) unavailable"},
    {"pubkey_syntax", "syntax error in public key record", "syntax error in public key record"},
    {"pubkey_import", "syntax error in public key record", "public key record import problem"},
    {"bodyhash_mismatch", "body hash mismatch (body probably modified in transit)", "body hash mismatch; body probably modified in transit"},
    {"signature_incorrect", "signature did not verify (headers probably modified in transit)",
     "signature did not verify; headers probably modified in transit"},
    {"key_too_short", "signature invalid (key too short)", "public key too short"},
};

const Words* words_of(std::string_view reason)
{
    for (const auto& row : words)
        if (row.reason == reason)
            return &row;
    return nullptr;
}

// The status and the reason that an ACL has set are an administrator's words, and not what was found.
bool is_set_by_acl(const CheckedSignature& one)
{
    return one.signature.reason.starts_with('\n');
}

std::string in_brackets(const CheckedSignature& one)
{
    const auto& status = one.signature.status;
    const auto& reason = one.signature.reason;
    if (is_set_by_acl(one))
        return status + " - " + escape(reason.substr(1), true);
    const auto* row = words_of(reason);
    const std::string why{row ? row->log : std::string_view(reason)};
    if (status == "pass")
        return "verification succeeded";
    if (status.empty() || status == "none")
        return "not verified";
    return (status == "invalid" ? "invalid - " : "verification failed - ") + why;
}

std::string authentication_result(const CheckedSignature& one)
{
    const auto& told = one.signature;
    std::string out = "dkim=";
    const auto* row = words_of(told.reason);
    std::string why{row ? row->header : std::string_view(told.reason)};
    if (told.reason == "key_too_short")
        why += ": " + std::to_string(told.bits) + " bits";
    if (is_set_by_acl(one))
        out += "policy (" + told.status + " - " + told.reason.substr(1) + ")";
    else if (told.status == "pass")
        out += "pass";
    else if (told.status.empty())
        out += "none";
    else
        out += (told.status == "fail" ? "fail (" : "neutral (") + why + ")\n\t\t";
    out += " header.d=" + told.domain + " header.s=" + told.selector;
    return out + " header.a=" + told.key_type + "-" + told.hash;
}

void show(expand::Facts& facts, const CheckedSignature& one)
{
    const auto& told = one.signature;
    const auto tell = [&](std::string_view name, std::string value) { facts.set(name, Text::from(std::move(value), "a DKIM signature")); };
    const auto tell_number = [&](std::string_view name, std::int64_t value) { facts.set(name, Text::clean(std::to_string(value))); };
    tell("dkim_domain", told.domain);
    tell("dkim_identity", told.identity);
    tell("dkim_selector", told.selector);
    tell("dkim_algo", told.key_type + "-" + told.hash);
    tell("dkim_canon_body", told.canon_body);
    tell("dkim_canon_headers", told.canon_headers);
    tell("dkim_copiedheaders", told.copied_headers);
    tell("dkim_headernames", told.header_names);
    if (told.body_length >= 0)
        tell_number("dkim_bodylength", told.body_length);
    tell_number("dkim_created", told.created);
    if (told.expires > 0)
        tell_number("dkim_expires", told.expires);
    tell_number("dkim_key_testing", one.key_is_testing ? 1 : 0);
    tell_number("dkim_key_nosubdomains", one.key_has_no_subdomains ? 1 : 0);
    tell("dkim_key_srvtype", one.key_service);
    tell("dkim_key_granularity", one.key_granularity);
    tell("dkim_key_notes", one.key_notes);
    tell_number("dkim_key_length", told.bits);
}

void hide(expand::Facts& facts)
{
    for (std::string_view name : {"domain", "identity", "selector", "algo", "canon_body", "canon_headers", "copiedheaders", "headernames",
                                  "bodylength", "created", "expires", "key_testing", "key_nosubdomains", "key_srvtype",
                                  "key_granularity", "key_notes", "key_length", "cur_signer", "verify_status", "verify_reason"})
        facts.erase("dkim_" + std::string(name));
}

std::string status_of(const CheckedSignature* one)
{
    return !one || one->signature.status.empty() ? "none" : one->signature.status;
}

bool is_signer(const CheckedSignature& one, std::string_view signer)
{
    return same_nocase(signer.find('@') == std::string_view::npos ? one.signature.domain : one.signature.identity, signer);
}

}

void DkimRounds::log_result(const CheckedSignature& one) const
{
    if (!rules_.is_verbose)
        return;
    const auto& told = one.signature;
    std::string line = std::string(context_.scene.message ? context_.scene.message->id : std::string_view{}) + " DKIM:";
    if (!told.domain.empty())
        line += " d=" + escape(told.domain);
    if (!told.selector.empty())
        line += " s=" + escape(told.selector);
    line += " c=" + escape(told.canon_headers) + "/" + escape(told.canon_body) + " a=" + escape(told.key_type) + "-" + escape(told.hash) +
            " b=" + std::to_string(told.octets.size() * 8);
    if (!told.identity.empty())
        line += " i=" + escape(told.identity);
    if (told.created > 0)
        line += " t=" + std::to_string(told.created);
    if (told.expires > 0)
        line += " x=" + std::to_string(told.expires);
    if (told.body_length >= 0)
        line += " l=" + std::to_string(told.body_length);
    log::main(line + " [" + in_brackets(one) + "]");
}

std::vector<std::string> DkimRounds::signer_list()
{
    std::string all;
    std::set<std::string> seen;
    for (const auto& one : signatures_)
        for (const auto& name : {one.signature.domain, one.signature.identity})
            if (!name.empty() && seen.insert(lower(name)).second)
                all += (all.empty() ? "" : ":") + replace_all(name, ":", "::");
    context_.scene.facts.set("dkim_signers", Text::from(all, "a DKIM signature"));
    std::string wanted = all;
    if (rules_.signers) {
        auto expanded = rules_.signers->expand(context_.scene);
        if (expanded)
            wanted = std::move(expanded->text);
        else if (expanded.error().cause != Cause::forced_fail)
            log::panic("failed to expand dkim_verify_signers: " + expanded.error().text);
    }
    seen.clear();
    std::vector<std::string> out;
    for (const auto& item : config::split_list(wanted))
        if (!item.empty() && seen.insert(lower(item)).second)
            out.push_back(item);
    return out;
}

acl::Outcome DkimRounds::round(std::string_view signer, CheckedSignature* one)
{
    auto& facts = context_.scene.facts;
    hide(facts);
    facts.set("dkim_cur_signer", Text::from(std::string(signer), "a DKIM signature"));
    const auto status = status_of(one);
    const std::string reason = one ? one->signature.reason : std::string{};
    facts.set("dkim_verify_status", Text::clean(status));
    facts.set("dkim_verify_reason", Text::clean(reason == "pubkey_import" ? "pubkey_syntax" : reason));
    if (one)
        show(facts, *one);
    auto outcome = rules_.run();
    const auto* after = facts.find("dkim_verify_status");
    const auto* why = facts.find("dkim_verify_reason");
    const bool is_changed = after && after->text != status;
    if (one && is_changed) {
        one->signature.status = after->text;
        one->signature.reason = "\n" + (why ? why->text : std::string{});
    }
    statuses_ += (statuses_.empty() ? "" : ":") + (after ? after->text : status);
    return outcome;
}

void DkimRounds::keep_results()
{
    auto& facts = context_.scene.facts;
    const auto keep = [&](const std::string& name, const std::string& value) {
        facts.set(name, Text::from(value, "a DKIM signature"));
        std::erase_if(context_.state.variables, [&](const mail::Variable& one) { return one.name == name; });
        context_.state.variables.push_back({name, value, true});
    };
    std::string results, passed, all_passed; // the last a line each, for DMARC
    for (const auto& one : signatures_) {
        results += (results.empty() ? "" : ";\n\t") + authentication_result(one);
        if (one.signature.status == "pass")
            all_passed += (all_passed.empty() ? "" : "\n") + one.signature.domain;
        if (passed.empty() && one.signature.status == "pass")
            passed = one.signature.domain;
    }
    keep("authresults_dkim", results);
    keep("dkim_overall", passed); // for DKIM= of the arrival line
    keep("dkim_passed", all_passed);
    if (rules_.run)
        keep("dkim_verify_status", statuses_);
    if (const auto* all = facts.find("dkim_signers"))
        keep("dkim_signers", all->text);
}

acl::Outcome DkimRounds::judge()
{
    const auto wanted = signer_list();
    acl::Outcome outcome{.verdict = acl::Outcome::Verdict::accept};
    std::set<const CheckedSignature*> logged;
    for (std::size_t i = 0; rules_.run && i < wanted.size() && outcome.verdict == acl::Outcome::Verdict::accept; ++i) {
        bool is_there = false;
        for (auto& one : signatures_) {
            if (!is_signer(one, wanted[i]) || outcome.verdict != acl::Outcome::Verdict::accept)
                continue;
            is_there = true;
            outcome = round(wanted[i], &one);
            if (logged.insert(&one).second)
                log_result(one);
        }
        if (!is_there)
            outcome = round(wanted[i], nullptr);
    }
    if (outcome.verdict == acl::Outcome::Verdict::accept)
        for (const auto& one : signatures_)
            if (!logged.contains(&one))
                log_result(one);
    hide(context_.scene.facts);
    keep_results();
    return outcome;
}

}
