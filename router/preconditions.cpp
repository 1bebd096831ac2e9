#include "router/preconditions.h"

#include "common/base/text.h"
#include "common/log/log.h"
#include "router/required_files.h"

namespace gp::router {
namespace {

struct Affix {
    std::size_t length = 0;   // octets taken off
    std::size_t variable = 0; // of these, what the * stood for
    bool is_wild = false;
    bool found = false;
};

Affix find_prefix(const std::vector<std::string>& prefixes, std::string_view local_part)
{
    for (std::string_view prefix : prefixes) {
        const bool wild = prefix.starts_with('*');
        if (wild)
            prefix.remove_prefix(1);
        if (!wild && starts_nocase(local_part, prefix))
            return {.length = prefix.size(), .found = true};
        // The longest match: the last place where the text behind the * stands (manual 15).
        for (std::size_t at = local_part.size(); wild && at-- > 0;)
            if (starts_nocase(local_part.substr(at), prefix) && at + prefix.size() < local_part.size())
                return {.length = at + prefix.size(), .variable = at, .is_wild = true, .found = true};
    }
    return {};
}

Affix find_suffix(const std::vector<std::string>& suffixes, std::string_view local_part)
{
    for (std::string_view suffix : suffixes) {
        const bool wild = suffix.ends_with('*');
        if (wild)
            suffix.remove_suffix(1);
        if (!wild && ends_nocase(local_part, suffix) && local_part.size() > suffix.size())
            return {.length = suffix.size(), .found = true};
        for (std::size_t at = 0; wild && at + suffix.size() <= local_part.size(); ++at)
            if (starts_nocase(local_part.substr(at), suffix))
                return {.length = local_part.size() - at,
                        .variable = local_part.size() - at - suffix.size(),
                        .is_wild = true,
                        .found = true};
    }
    return {};
}

// Takes prefix and suffix off; false when one is required and not there.
bool take_affixes(const CommonOptions& options, Prepared& prepared)
{
    std::string_view rest = prepared.local_part;
    const auto prefix = find_prefix(options.prefixes, rest);
    if (!options.prefixes.empty() && !prefix.found && !options.prefix_optional)
        return false;
    prepared.prefix = rest.substr(0, prefix.length);
    prepared.prefix_v = rest.substr(0, prefix.variable);
    rest.remove_prefix(prefix.length);
    const auto suffix = find_suffix(options.suffixes, rest);
    if (!options.suffixes.empty() && !suffix.found && !options.suffix_optional)
        return false;
    prepared.suffix = rest.substr(rest.size() - suffix.length);
    prepared.suffix_v = rest.substr(rest.size() - suffix.variable);
    rest.remove_suffix(suffix.length);
    prepared.affix_is_wild = prefix.is_wild || suffix.is_wild;
    prepared.local_part = std::string(rest);
    return true;
}

bool serves(const CommonOptions& options, Purpose purpose)
{
    using Kind = Purpose::Kind;
    switch (purpose.kind) {
    case Kind::verify_sender: return options.verify_sender;
    case Kind::verify_recipient: return options.verify_recipient;
    case Kind::test: return options.address_test && !options.verify_only;
    case Kind::expn: return options.expn && !options.verify_only;
    default: return !options.verify_only;
    }
}

bool no(Prepared& prepared, std::string_view why, std::string_view option)
{
    prepared.why_not = why;
    prepared.decided_by = option;
    return false;
}

// The option by which a router does not serve this purpose.
std::string_view option_against(const CommonOptions& options, Purpose purpose)
{
    using Kind = Purpose::Kind;
    switch (purpose.kind) {
    case Kind::verify_sender: return "verify_sender";
    case Kind::verify_recipient: return "verify_recipient";
    case Kind::test: return options.address_test ? "verify_only" : "address_test";
    case Kind::expn: return options.expn ? "verify_only" : "expn";
    default: return "verify_only";
    }
}

// The address waits with Exim's words; what was wrong is in the logs.
Error no_answer(const CommonOptions& options, std::string_view what, std::string_view words, const Error& error)
{
    const auto line = options.name + " router: " + std::string(what) + ": " + error.text;
    if (error.blame == Blame::temporary) // a server that is away fills no panic log
        log::warning(line);
    else
        log::alarm(line);
    return temporary(std::string(what) + " check " + std::string(words));
}

// A condition that cannot be expanded skips the router, loudly; a look-up that has no answer now defers.
Result<bool> condition_holds(const CommonOptions& options, expand::Scene& scene, Prepared& prepared)
{
    auto words = options.condition->expand(scene);
    if (!words && words.error().cause == Cause::forced_fail)
        return no(prepared, "condition is a forced failure", "condition");
    if (!words && words.error().blame == Blame::temporary)
        return no_answer(options, "condition", "lookup defer", words.error());
    if (!words) {
        log::alarm("failed to expand condition \"" + options.condition->source() + "\" for " + options.name +
                   " router: " + words.error().text);
        return no(prepared, "condition cannot be expanded", "condition");
    }
    return expand::is_true(words->text) || no(prepared, "condition is false", "condition");
}

void show_debug_print(const CommonOptions& options, expand::Scene& scene)
{
    // -bt shows it without any other debugging (manual 15, debug_print).
    const std::string_view facet = log::debugging("route") ? "route" : "debug_print";
    if (!options.debug_print || !log::debugging(facet))
        return;
    const auto words = options.debug_print->expand(scene);
    log::debug(facet, words ? words->text : "debug_print of " + options.name + ": " + words.error().text);
}

void show(const Candidate& candidate, const Prepared& prepared, expand::Scene& scene, expand::Address& address)
{
    address.local_part = prepared.local_part;
    address.domain = candidate.domain;
    address.is_tainted = candidate.is_tainted;
    address.local_part_prefix = prepared.prefix;
    address.local_part_suffix = prepared.suffix;
    address.local_part_prefix_v = prepared.prefix_v;
    address.local_part_suffix_v = prepared.suffix_v;
    address.affix_is_tainted = prepared.affix_is_wild;
    address.original_local_part = used_local_part(candidate.top());
    address.original_domain = candidate.top().domain;
    if (candidate.copies > 0) // the copy of a router with `unseen` came from the same address
        set_as_parent(candidate, address);
    else if (candidate.parent)
        set_as_parent(*candidate.parent, address);
    show_home(prepared.home, prepared.home_taint, scene, address);
    address.self_hostname = candidate.self_hostname;
    if (prepared.user) {
        address.local_user_uid = prepared.user->uid;
        address.local_user_gid = prepared.user->gid;
    }
    scene.address = &address;
}

// domains and local_parts: what matched vouches for the value ($domain_data, $local_part_data).
Result<bool> lists_match(const CommonOptions& options, const Candidate& candidate, Prepared& prepared, expand::Scene& scene)
{
    if (options.has_domains) {
        auto match = options.domains.domain(scene, candidate.domain);
        if (!match)
            return no_answer(options, "domains", "lookup or other defer", match.error());
        if (!*match)
            return no(prepared, "the domain does not match", "domains");
        prepared.domain_data = match->value;
        scene.facts.set("domain_data", match->value);
        expand::remember_captures(scene, *match);
    }
    if (options.has_local_parts) {
        auto match = options.local_parts.local_part(scene, prepared.local_part, options.caseful_local_part);
        if (!match)
            return no_answer(options, "local_parts", "lookup or other defer", match.error());
        if (!*match)
            return no(prepared, "the local part does not match", "local_parts");
        prepared.local_part_data = match->value;
        scene.facts.set("local_part_data", match->value);
        expand::remember_captures(scene, *match);
    }
    return true;
}

}

std::string local_part_seen(const Candidate& candidate, bool caseful)
{
    const auto& written = candidate.local_part;
    const bool is_plain = !written.starts_with('"') && written.find('\\') == std::string::npos;
    const auto plain = is_plain ? written : mail::unquote_local_part(written);
    return caseful ? plain : lower(plain);
}

std::string_view used_local_part(const Candidate& candidate)
{
    return candidate.local_part_used.empty() ? candidate.local_part : candidate.local_part_used;
}

void set_as_parent(const Candidate& parent, expand::Address& address)
{
    address.parent_local_part = used_local_part(parent);
    address.parent_domain = parent.domain;
}

void show_home(std::string_view home, std::string_view taint, expand::Scene& scene, expand::Address& address)
{
    address.home = home;
    if (taint.empty())
        scene.facts.erase("home");
    else
        scene.facts.set("home", Text::from(std::string(home), taint));
}

void show_address(const CommonOptions& options, const Candidate& candidate, expand::Scene& scene,
                  expand::Address& address, Prepared& prepared)
{
    prepared.local_part = local_part_seen(candidate, options.caseful_local_part);
    show(candidate, prepared, scene, address);
}

Result<bool> check_preconditions(const Ground& ground, const CommonOptions& options, const Candidate& candidate,
                                 Purpose purpose, std::string_view sender, expand::Scene& scene, expand::Address& address,
                                 Prepared& prepared)
{
    prepared.local_part = local_part_seen(candidate, options.caseful_local_part);
    if (!serves(options, purpose))
        return no(prepared, "it is not for this purpose", option_against(options, purpose));
    if (!take_affixes(options, prepared)) {
        const bool by_prefix = options.suffixes.empty() || (!options.prefixes.empty() && prepared.prefix.empty());
        return no(prepared, "the local part has no such prefix or suffix", by_prefix ? "local_part_prefix" : "local_part_suffix");
    }
    show(candidate, prepared, scene, address);
    if (!TRY(lists_match(options, candidate, prepared, scene)))
        return false;
    prepared.past_lists = true;
    if (options.check_local_user) {
        prepared.user = TRY(find_user(prepared.local_part));
        if (!prepared.user)
            return no(prepared, "the local part is no local user", "check_local_user");
        prepared.home = prepared.user->home;
        if (ground.eyes)
            prepared.files = std::make_unique<AnybodysFiles>(*scene.world.effects.files, *ground.eyes,
                                                             UserIds{prepared.user->uid, prepared.user->gid, {}, prepared.user->login});
        scene.others_files = prepared.files.get();
        prepared.local_part_data = Text::clean(prepared.user->login);
        scene.facts.set("local_part_data", *prepared.local_part_data);
    }
    show(candidate, prepared, scene, address);
    if (options.router_home_directory) {
        auto home = options.router_home_directory->expand(scene);
        if (!home && home.error().cause != Cause::forced_fail)
            return temporary("failed to expand \"" + options.router_home_directory->source() +
                             "\" for router_home_directory: " + home.error().text);
        if (home)
            prepared.home = home->text, prepared.home_taint = home->taint;
        show(candidate, prepared, scene, address);
    }
    show_debug_print(options, scene);
    if (options.has_senders) {
        // There is no sender yet where that is what is verified (manual 15, senders).
        const auto match = options.senders.address(scene, purpose.kind == Purpose::Kind::verify_sender ? std::string_view{} : sender);
        if (!match)
            return no_answer(options, "senders", "lookup or other defer", match.error());
        if (!*match)
            return no(prepared, "the sender does not match", "senders");
    }
    if (!options.require_files.empty() && !TRY(required_files_are_there(options.require_files, scene, ground.eyes)))
        return no(prepared, "files are not as required", "require_files");
    if (options.condition)
        return condition_holds(options, scene, prepared);
    return true;
}

}
