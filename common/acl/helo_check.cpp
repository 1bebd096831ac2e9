#include "common/acl/helo_check.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/expand/client_name.h"

namespace gp::acl {

// The client's own address in brackets, its name by the reverse look-up, or a name that leads to its address. A
// look-up that cannot be made verifies nothing; a local program has no address that could contradict it.
HeloCheck check_helo(expand::Scene& scene)
{
    auto* host = scene.host;
    if (!host || !host->is_remote())
        return {.is_own = Truth::yes};
    const std::string_view name = scene.origin ? std::string_view(scene.origin->helo_name) : std::string_view{};
    if (name.empty() || !host->address())
        return {};
    if (name.starts_with('[')) {
        const auto literal = net::Address::parse_literal(name.substr(1, name.find(']') - 1));
        return {.is_own = literal && *literal == *host->address() ? Truth::yes : Truth::no};
    }
    auto* names = scene.world.lists.names();
    const auto is_it = [&](const std::string& other) { return same_nocase(name, other); };
    if (expand::find_client_name(scene) == match::Host::Lookup::found &&
        (is_it(host->name()) || std::ranges::any_of(host->aliases(), is_it)))
        return {.is_own = Truth::yes, .is_secure = host->secure()};
    if (!names)
        return {};
    const auto found = names->addresses_of(name);
    if (!found || std::ranges::count(found->addresses, *host->address()) == 0)
        return {};
    return {.is_own = Truth::yes, .is_secure = found->secure};
}

void note_helo(const HeloCheck& checked, expand::Scene& scene, mail::PolicyState& state)
{
    if (checked.is_own != Truth::yes || !checked.is_secure)
        return;
    scene.facts.set("sender_helo_dnssec", Text::clean("yes"));
    if (std::ranges::count(state.switches, mail::helo_is_secure) == 0)
        state.switches.emplace_back(mail::helo_is_secure);
}

}
