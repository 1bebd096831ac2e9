#include "common/net/own_addresses.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>

namespace gp::net {

Result<std::vector<Address>> own_addresses()
{
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0)
        return system_error("getifaddrs");
    std::vector<Address> found;
    for (const ifaddrs* one = list; one; one = one->ifa_next) {
        if (!one->ifa_addr)
            continue;
        const int family = one->ifa_addr->sa_family;
        if (family != AF_INET && family != AF_INET6)
            continue;
        const socklen_t length = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
        if (auto address = Address::from(one->ifa_addr, length))
            found.push_back(address->masked(address->width())); // the mask of full width takes the scope off
    }
    ::freeifaddrs(list);
    std::ranges::sort(found);
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

}
