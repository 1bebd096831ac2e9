// host_lookup_order: whether the names of a host come from the DNS or as the system would have them, which is the hosts
// file before the DNS, and in which order the two are asked (manual 14, host_lookup_order).
#pragma once

#include <vector>

#include "common/match/names.h"
#include "router/hosts_file.h"

namespace gp::router {

class OrderedNames final : public match::Names {
public:
    // The error names the word that is neither bydns nor byaddr.
    static Result<std::unique_ptr<OrderedNames>> make(const std::vector<std::string>& order, dns::Resolver& resolver,
                                                      Duration patience, const HostsFile& hosts_file);
    Result<dns::HostNames> names_of(const net::Address& address) override;
    Result<dns::HostAddresses> addresses_of(std::string_view host) override { return dns_.addresses_of(host); }
    Result<match::MxStanding> mx_standing(std::string_view domain, const match::MxQuestion& question) override
    {
        return dns_.mx_standing(domain, question);
    }

private:
    enum class Way { by_dns, by_address };
    OrderedNames(dns::Resolver& resolver, Duration patience, const HostsFile& hosts_file)
        : dns_(resolver, patience), hosts_file_(hosts_file)
    {
    }
    match::DnsNames dns_;
    const HostsFile& hosts_file_;
    std::vector<Way> order_;
};

}
