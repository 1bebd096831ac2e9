// smtp_accept_max_per_host, where it is an expansion.

#include "common/base/number.h"
#include "common/base/text.h"
#include "common/log/log.h"
#include "router/acl_policy.h"
#include "router/message_scene.h"

#include <limits>

namespace gp::router {

// Of whoever is connected: of a proxy, whose clients come over connections of its own.
std::uint32_t AclPolicy::connections_of_one_host(const mail::Origin& origin, expand::Scene& scene) const
{
    if (origin.proxy.local_address.empty())
        return connections_of_one_host(scene);
    mail::Origin proxy = origin;
    proxy.host_address = origin.proxy.local_address;
    proxy.host_port = origin.proxy.local_port;
    proxy.host_name.clear();
    const std::vector<mail::Variable> none;
    MessageScene message{world_, proxy, none, {}};
    return connections_of_one_host(message.scene());
}

// What cannot be expanded, or is no number, is no limit; the panic log tells (manual 14.23).
std::uint32_t AclPolicy::connections_of_one_host(expand::Scene& scene) const
{
    constexpr std::string_view option = "smtp_accept_max_per_host";
    const auto words = expanded(option, scene);
    if (words && trim(*words).empty())
        return 0;
    const auto most = words ? parse_unsigned(trim(*words)) : Result<std::uint64_t>{words.error()};
    if (!most || *most > std::numeric_limits<std::uint32_t>::max()) {
        const auto& origin = world_.configuration().main.all.origin(option);
        log::alarm(words ? origin.text() + ": " + std::string(option) + ": \"" + escape(*words) + "\" is no number" : words.error().text);
        return 0;
    }
    return static_cast<std::uint32_t>(*most);
}

}
