#include "router/signature_checks.h"

#include <algorithm>

#include "cleanup/protocol.h"
#include "common/base/number.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/log/log.h"

namespace gp::router {
namespace {

// Where in the list; beyond its end when it is not there.
std::size_t place_in(const std::vector<std::string>& list, std::string_view wanted)
{
    const auto at = std::ranges::find_if(list, [&](const std::string& item) { return same_nocase(trim(item), wanted); });
    return static_cast<std::size_t>(at - list.begin());
}

bool is_listed(std::string_view list, std::string_view wanted)
{
    const auto items = config::split_list(list);
    return place_in(items, wanted) < items.size();
}

}

// Those of the methods that the lists name first come first (manual 58.3: "an order of processing").
std::vector<const mail::Signature*> SignatureChecks::in_order(const std::vector<mail::Signature>& signatures) const
{
    const auto& main = ground_.configuration.main.all;
    const auto hashes = config::split_list(main.text("dkim_verify_hashes")), keys = config::split_list(main.text("dkim_verify_keytypes"));
    std::vector<const mail::Signature*> out;
    for (const auto& signature : signatures)
        if (!is_ignored(signature))
            out.push_back(&signature);
    std::ranges::stable_sort(out, {}, [&](const mail::Signature* one) {
        return std::pair{place_in(hashes, one->hash), place_in(keys, one->key_type)};
    });
    return out;
}

bool SignatureChecks::is_ignored(const mail::Signature& signature) const
{
    const auto& main = ground_.configuration.main.all;
    if (signature.hash.empty() || signature.key_type.empty())
        return false; // there is something to tell of it
    return !is_listed(main.text("dkim_verify_hashes"), signature.hash) || !is_listed(main.text("dkim_verify_keytypes"), signature.key_type);
}

// RFC 6376 section 3.6.2.2. Several records are one too many; as in Exim the first that looks like a key is taken.
Result<std::string> SignatureChecks::key_of(const mail::Signature& signature, event::Deadline until)
{
    const auto name = signature.selector + "._domainkey." + signature.domain;
    const auto answer = TRY(ground_.resolver.lookup(name, dns::Type::txt, until));
    std::string first;
    for (const auto& record : answer.all<dns::Text>()) {
        const auto text = record.joined();
        if (starts_nocase(text, "v=DKIM1"))
            return text;
        if (first.empty())
            first = text;
    }
    if (first.empty())
        return permanent("no key");
    return first;
}

// "rsa=1024 ed25519=250"
void SignatureChecks::require_size(mail::CheckedSignature& checked) const
{
    auto& told = checked.signature;
    for (auto item : split(ground_.configuration.main.all.text("dkim_verify_min_keysizes"), ' ')) {
        const auto equals = item.find('=');
        if (equals == std::string_view::npos || item.substr(0, equals) != told.key_type)
            continue;
        if (const auto least = parse_unsigned(item.substr(equals + 1)); least && told.bits < *least) {
            told.status = "fail";
            told.reason = "key_too_short";
        }
    }
}

mail::CheckedSignature SignatureChecks::check(const mail::Signature& signature, event::Deadline until)
{
    constexpr std::chrono::seconds patience{60};
    mail::CheckedSignature out{.signature = signature};
    const auto key = key_of(signature, until);
    if (!key) {
        out.signature.status = "invalid";
        out.signature.reason = "pubkey_unavailable";
        return out;
    }
    auto checked = asker_.call(mail::CheckSignature{signature, *key}, event::Deadline::in(patience));
    if (!checked) {
        log::warning(id_ + " DKIM: " + checked.error().text);
        out.signature.status = "invalid";
        out.signature.reason = "unspecified reason";
        return out;
    }
    out = std::move(checked).take();
    if (out.signature.status == "pass")
        require_size(out);
    if (out.signature.reason == "pubkey_import" && ground_.parameters.log_dkim_verbose)
        log::main(id_ + " DKIM: d=" + escape(signature.domain) + " s=" + escape(signature.selector) + " [failed key import]");
    return out;
}

std::vector<mail::CheckedSignature> SignatureChecks::check(const std::vector<mail::Signature>& signatures)
{
    const bool is_minimal = ground_.configuration.main.all.flag("dkim_verify_minimal");
    std::vector<mail::CheckedSignature> out;
    bool is_done = false;
    const auto until = ground_.dns_deadline(); // for all of them: twenty silent servers are no reason to wait for each
    for (const auto* signature : in_order(signatures)) {
        out.push_back(signature->status.empty() && !is_done ? check(*signature, until) : mail::CheckedSignature{.signature = *signature});
        is_done |= is_minimal && out.back().signature.status == "pass";
    }
    return out;
}

}
