#include "router/dkim.h"

#include "common/base/duration.h"
#include "common/base/number.h"
#include "common/base/text.h"
#include "common/config/list.h"
#include "common/log/log.h"
#include "common/sign/dkim_signature.h"

namespace gp::router {
namespace {

constexpr std::string_view names[] = {"dkim_domain",   "dkim_selector",     "dkim_private_key", "dkim_canon", "dkim_hash",
                                      "dkim_identity", "dkim_sign_headers", "dkim_strict",      "dkim_timestamps"};
constexpr std::size_t most_signatures = 20;

bool is_off(std::string_view text)
{
    return text.empty() || text == "0" || same_nocase(text, "false");
}

bool is_on(std::string_view text)
{
    return text == "1" || same_nocase(text, "true") || same_nocase(text, "yes");
}

}

Result<std::optional<DkimOptions>> DkimOptions::read(const Ground& ground, const conf::Driver& transport)
{
    if (!transport.settings.find("dkim_domain") || !transport.settings.is_written("dkim_domain"))
        return std::optional<DkimOptions>{};
    DkimOptions made;
    made.transport_ = transport.name;
    for (auto name : names) {
        if (!transport.settings.is_set(name))
            continue;
        const auto text = transport.settings.expandable(name);
        auto parsed = ground.language.parse(text.text);
        if (!parsed)
            return misconfigured(text.origin.text() + ": " + std::string(name) + ": " + parsed.error().text);
        made.texts_.emplace(name, std::move(parsed).take());
    }
    return std::optional{std::move(made)};
}

Result<std::optional<std::string>> DkimOptions::value(std::string_view option, expand::Scene& scene) const
{
    const auto found = texts_.find(option);
    if (found == texts_.end())
        return std::optional<std::string>{};
    auto words = found->second.expand(scene);
    if (words)
        return std::optional{std::string(trim(words->text))};
    if (words.error().cause == Cause::forced_fail)
        return std::optional<std::string>{};
    return temporary(std::string(option) + ": " + words.error().text);
}

// What goes wrong leaves the message unsigned, unless dkim_strict says otherwise.
Status DkimOptions::failed(expand::Scene& scene, const std::string& why) const
{
    const auto text = "transport " + transport_ + ": DKIM: " + why;
    const auto strict = value("dkim_strict", scene);
    if (strict && *strict && is_on(**strict))
        return temporary(text);
    log::panic(text);
    return {};
}

Result<std::optional<Option>> DkimOptions::signature(expand::Scene& scene, const Text& domain, const Text& selector) const
{
    scene.facts.set("dkim_domain", domain);
    scene.facts.set("dkim_selector", selector);
    sign::DkimRequest request{.domain = domain.text, .selector = selector.text};
    const auto key = texts_.find("dkim_private_key");
    if (key == texts_.end())
        return misconfigured("dkim_private_key is not set");
    const auto words = key->second.expand(scene);
    if (!words && words.error().cause == Cause::forced_fail)
        return std::optional<Option>{};
    if (!words)
        return temporary("dkim_private_key: " + words.error().text);
    request.key = trim(words->text);
    if (is_off(request.key))
        return std::optional<Option>{};
    if (!request.key.starts_with('/'))
        return misconfigured("dkim_private_key must be a file: a key itself would be known to more than keyd");
    if (words->tainted())
        return misconfigured("Tainted '" + escape(request.key) + "' (file name for dkim_private_key) not permitted: it comes from " +
                             std::string(words->taint));
    request.identity = TRY(value("dkim_identity", scene)).value_or("");
    request.headers = TRY(value("dkim_sign_headers", scene)).value_or("");
    const auto canon = TRY(value("dkim_canon", scene)).value_or("relaxed");
    if (canon != "relaxed" && canon != "simple" && !canon.empty())
        return misconfigured("dkim_canon is neither relaxed nor simple: " + escape(canon));
    request.canon = canon == "simple" ? sign::Canon::simple : sign::Canon::relaxed;
    const auto hash = TRY(value("dkim_hash", scene)).value_or("sha256");
    if (hash != "sha256") // RFC 8301 section 3.1
        return misconfigured("dkim_hash: only sha256 is used, and not " + escape(hash));
    if (const auto lifetime = TRY(value("dkim_timestamps", scene)); lifetime && !lifetime->empty())
        request.lifetime = static_cast<std::int64_t>(TRY(parse_unsigned(*lifetime)));
    request.strict = is_on(TRY(value("dkim_strict", scene)).value_or(""));
    return std::optional{Option{"dkim_signature", request.text()}};
}

Status DkimOptions::fill(expand::Scene& scene, std::vector<Option>& options) const
{
    const auto domains = texts_.at("dkim_domain").expand(scene);
    if (!domains && domains.error().cause == Cause::forced_fail)
        return {};
    if (!domains)
        return failed(scene, "dkim_domain: " + domains.error().text);
    std::vector<std::string> done;
    for (const auto& domain : config::split_list(domains->text)) {
        if (is_off(domain) || std::ranges::find(done, domain) != done.end())
            continue;
        done.push_back(domain);
        Text as_fact{domain, domains->taint, domains->quoted_for};
        scene.facts.set("dkim_domain", as_fact);
        const auto selector_text = texts_.find("dkim_selector");
        if (selector_text == texts_.end()) {
            TRY(failed(scene, "dkim_selector is not set"));
            continue;
        }
        const auto selectors = selector_text->second.expand(scene);
        if (!selectors) {
            TRY(failed(scene, "dkim_selector: " + selectors.error().text));
            continue;
        }
        for (const auto& selector : config::split_list(selectors->text)) {
            auto made = signature(scene, as_fact, {selector, selectors->taint, selectors->quoted_for});
            if (!made)
                TRY(failed(scene, made.error().text));
            else if (*made && options.size() < most_signatures + 200)
                options.push_back(std::move(**made));
        }
    }
    scene.facts.erase("dkim_domain");
    scene.facts.erase("dkim_selector");
    return {};
}

}
