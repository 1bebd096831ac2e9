#include "common/dns/host_name.h"

#include "common/base/text.h"

#include <algorithm>

namespace gp::dns {
namespace {

// Only what a host name may have goes on; a PTR record can hold anything.
bool is_host_name(std::string_view name)
{
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return is_alnum(c) || c == '-' || c == '.' || c == '_' || c == '/';
    });
}

}

Result<HostNames> host_names(Resolver& resolver, const net::Address& address, event::Deadline until,
                             std::size_t max_names)
{
    HostNames out;
    const auto plain = address.unmapped();
    const auto pointers = TRY(resolver.lookup(plain.arpa(), Type::ptr, until));
    for (const auto& pointer : pointers.all<Target>())
        if (out.claimed.size() < max_names && is_host_name(pointer.name))
            out.claimed.push_back(pointer.name);
    if (out.claimed.empty())
        return out;
    out.kind = HostNames::Kind::mismatch;
    std::optional<Error> failed;
    for (const auto& name : out.claimed) {
        const auto families = plain.is_v4() ? Families::v4_only : Families::v6_only;
        auto host = lookup_host(resolver, name, until, families);
        if (!host) {
            failed = std::move(host).error();
            continue;
        }
        if (std::ranges::find(host->addresses, plain) == host->addresses.end())
            continue;
        if (out.names.empty())
            out.secure = pointers.secure && host->secure;
        out.names.push_back(name);
    }
    if (!out.names.empty())
        out.kind = HostNames::Kind::verified;
    else if (failed)
        return *failed;
    return out;
}

Result<bool> leads_to(Resolver& resolver, std::string_view name, const net::Address& address, event::Deadline until)
{
    const auto plain = address.unmapped();
    const auto host = TRY(lookup_host(resolver, name, until, plain.is_v4() ? Families::v4_only : Families::v6_only));
    return std::ranges::find(host.addresses, plain) != host.addresses.end();
}

}
