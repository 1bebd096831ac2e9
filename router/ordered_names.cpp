#include "router/ordered_names.h"

#include "common/base/text.h"
#include "common/log/log.h"

namespace gp::router {

Result<std::unique_ptr<OrderedNames>> OrderedNames::make(const std::vector<std::string>& order, dns::Resolver& resolver,
                                                         Duration patience, const HostsFile& hosts_file)
{
    std::unique_ptr<OrderedNames> made{new OrderedNames(resolver, patience, hosts_file)};
    for (const auto& word : order) {
        if (word != "bydns" && word != "byaddr")
            return misconfigured("host_lookup_order: \"" + escape(word) + "\" is neither bydns nor byaddr");
        made->order_.push_back(word == "bydns" ? Way::by_dns : Way::by_address);
    }
    return made;
}

namespace {

dns::HostNames told(const net::Address& address, dns::HostNames found)
{
    if (log::debugging("host_lookup"))
        log::debug("host_lookup", address.text() + " is " + (found.names.empty() ? "nameless" : escape(join(found.names, ", "))));
    return found;
}

}

Result<dns::HostNames> OrderedNames::names_of(const net::Address& address)
{
    std::optional<Result<dns::HostNames>> asked; // the DNS is asked once
    for (const auto way : order_) {
        if (way == Way::by_address)
            if (auto names = hosts_file_.names_of(address); !names.empty())
                return told(address, {.kind = dns::HostNames::Kind::verified, .names = names, .claimed = names});
        if (!asked)
            asked = dns_.names_of(address);
        if (*asked && !(*asked)->names.empty())
            return told(address, **asked);
    }
    return asked ? *asked : Result<dns::HostNames>(dns::HostNames{});
}

}
