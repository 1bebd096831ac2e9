#include "common/acl/helo_check.h"

#include <algorithm>

#include "common/base/text.h"

namespace gp::acl {

// The client's own address in brackets, its name by the reverse look-up, or a name that leads to its address. A
// look-up that cannot be made verifies nothing; a local program has no address that could contradict it.
Truth helo_is_own(expand::Scene& scene)
{
    auto* host = scene.host;
    if (!host || !host->is_remote())
        return Truth::yes;
    const std::string_view name = scene.origin ? std::string_view(scene.origin->helo_name) : std::string_view{};
    if (name.empty() || !host->address())
        return Truth::no;
    if (name.starts_with('[')) {
        const auto literal = net::Address::parse_literal(name.substr(1, name.find(']') - 1));
        return literal && *literal == *host->address() ? Truth::yes : Truth::no;
    }
    auto* names = scene.world.lists.names();
    const auto is_it = [&](const std::string& other) { return same_nocase(name, other); };
    if (host->find_name(names) == match::Host::Lookup::found &&
        (is_it(host->name()) || std::ranges::any_of(host->aliases(), is_it)))
        return Truth::yes;
    if (!names)
        return Truth::no;
    const auto addresses = names->addresses_of(name);
    return addresses && std::ranges::count(*addresses, *host->address()) > 0 ? Truth::yes : Truth::no;
}

}
