#include "router/preconditions.h"

#include "common/base/text.h"
#include "common/config/list.h"

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
        if (!wild && starts_nocase(local_part, prefix) && local_part.size() > prefix.size())
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
        for (std::size_t at = 1; wild && at + suffix.size() <= local_part.size(); ++at)
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

enum class FileTest { yes, no };

// require_files: each item a path that must exist, or with ! must not; "user," in front asks with that
// user's rights (manual 15), which router does not have.
Result<FileTest> required_files_are_there(const CommonOptions& options, expand::Scene& scene)
{
    auto list = options.require_files->expand(scene);
    if (!list) {
        if (list.error().cause == Cause::forced_fail)
            return FileTest::yes;
        return list.error();
    }
    for (std::string_view item : config::split_list(list->text)) {
        bool missing_is_good = false;
        bool denied_is_no = false;
        while (item.starts_with('!') || item.starts_with('+')) {
            (item.front() == '!' ? missing_is_good : denied_is_no) = true;
            item = trim(item.substr(1));
        }
        if (item.empty())
            continue;
        if (!item.starts_with('/'))
            return misconfigured("require_files: \"" + escape(item) + "\" is not an absolute path");
        if (list->tainted())
            return misconfigured("require_files: \"" + escape(item) + "\" comes from " + std::string(list->taint) +
                                 " and cannot name a file (tainted)");
        auto status = scene.world.effects.files->status(std::string(item));
        const bool gone = !status && status.error().cause == Cause::not_found;
        if (!status && !gone && !denied_is_no)
            return temporary("require_files: " + std::string(item) + ": " + status.error().text);
        if (static_cast<bool>(status) == missing_is_good)
            return FileTest::no;
    }
    return FileTest::yes;
}

bool no(Prepared& prepared, std::string_view why)
{
    prepared.why_not = why;
    return false;
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
    address.original_local_part = candidate.top().local_part;
    address.original_domain = candidate.top().domain;
    if (candidate.parent) {
        address.parent_local_part = candidate.parent->local_part;
        address.parent_domain = candidate.parent->domain;
    }
    address.home = prepared.home;
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
        auto match = TRY(options.domains.domain(scene, candidate.domain));
        if (!match)
            return false;
        prepared.domain_data = match.value;
        scene.facts.set("domain_data", match.value);
        expand::remember_captures(scene, match);
    }
    if (options.has_local_parts) {
        auto match = TRY(options.local_parts.local_part(scene, prepared.local_part, options.caseful_local_part));
        if (!match)
            return false;
        prepared.local_part_data = match.value;
        scene.facts.set("local_part_data", match.value);
        expand::remember_captures(scene, match);
    }
    return true;
}

}

Result<bool> check_preconditions(const CommonOptions& options, const Candidate& candidate, Purpose purpose,
                                 std::string_view sender, expand::Scene& scene, expand::Address& address,
                                 Prepared& prepared)
{
    prepared.local_part = options.caseful_local_part ? candidate.local_part : lower(candidate.local_part);
    if (!serves(options, purpose))
        return no(prepared, "it is not for this purpose");
    if (!take_affixes(options, prepared))
        return no(prepared, "the local part has no such prefix or suffix");
    show(candidate, prepared, scene, address);
    if (!TRY(lists_match(options, candidate, prepared, scene)))
        return no(prepared, "domains or local_parts do not match");
    prepared.past_lists = true;
    if (options.check_local_user) {
        prepared.user = TRY(find_user(prepared.local_part));
        if (!prepared.user)
            return no(prepared, "the local part is no local user");
        prepared.home = prepared.user->home;
        prepared.local_part_data = Text::clean(prepared.user->login);
        scene.facts.set("local_part_data", *prepared.local_part_data);
    }
    show(candidate, prepared, scene, address);
    if (options.router_home_directory) {
        auto home = options.router_home_directory->expand(scene);
        if (!home && home.error().cause != Cause::forced_fail)
            return home.error();
        if (home)
            prepared.home = home->text;
        show(candidate, prepared, scene, address);
    }
    if (options.has_senders && !TRY(options.senders.address(scene, sender)))
        return no(prepared, "senders does not match");
    if (options.require_files && TRY(required_files_are_there(options, scene)) == FileTest::no)
        return no(prepared, "require_files are not as required");
    if (options.condition) {
        auto words = options.condition->expand(scene);
        if (!words && words.error().cause == Cause::forced_fail)
            return no(prepared, "condition is a forced failure");
        if (!words)
            return words.error();
        if (!expand::is_true(words->text))
            return no(prepared, "condition is false");
    }
    return true;
}

}
