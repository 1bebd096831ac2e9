#include "common/match/names.h"

#include <algorithm>

#include "common/dns/mx.h"

namespace gp::match {

Result<dns::HostNames> DnsNames::names_of(const net::Address& address)
{
    return dns::host_names(resolver_, address, event::Deadline::in(patience_));
}

Result<dns::HostAddresses> DnsNames::addresses_of(std::string_view host)
{
    return dns::lookup_host(resolver_, host, event::Deadline::in(patience_));
}

Result<MxStanding> DnsNames::mx_standing(std::string_view domain, const MxQuestion& question)
{
    dns::MailHostsQuery query;
    query.domain = domain;
    query.mx_only = true;
    query.is_self = question.is_ours;
    query.is_ignored = question.is_ignored;
    const auto hosts =
        TRY(dns::mail_hosts(resolver_, query, dns::system_random(), event::Deadline::in(patience_)));
    return MxStanding{hosts.self_is_first, hosts.self_is_listed};
}

Host::Host(std::string address_text) : text_(std::move(address_text))
{
    if (text_.empty())
        return;
    if (auto address = net::Address::parse(text_))
        address_ = address->unmapped();
}

void Host::set_name(std::string name, std::vector<std::string> aliases)
{
    name_ = std::move(name);
    aliases_ = std::move(aliases);
    lookup_ = Lookup::found;
}

Host::Lookup Host::find_name(Names* names)
{
    if (lookup_ != Lookup::not_yet)
        return lookup_;
    if (!address_) {
        lookup_ = Lookup::failed;
    } else if (!names) {
        lookup_ = Lookup::deferred;
        why_ = "no name server can be asked here";
    } else if (auto found = names->names_of(*address_); !found) {
        lookup_ = Lookup::deferred;
        why_ = found.error().text;
    } else if (found->names.empty()) {
        lookup_ = Lookup::failed;
    } else {
        set_name(found->names.front(), {found->names.begin() + 1, found->names.end()});
        secure_ = found->secure;
    }
    return lookup_;
}

}
