#include "common/expand/detail/header_addresses.h"

#include "common/expand/scene.h"
#include "common/mail/address_parser.h"

namespace gp::expand {

mail::AddressRules address_rules(const Scene& scene)
{
    mail::AddressRules out;
    out.allow_domain_literals = true;
    out.allow_utf8_domains = scene.site().allow_utf8_domains;
    return out;
}

Result<Text> address_part(const OperatorCall& call, std::string_view which)
{
    const auto parsed = mail::parse_address(call.subject.text, address_rules(call.scene));
    if (!parsed)
        return Text{};
    const std::string_view whole = parsed->address;
    if (which == "address")
        return call.same_taint(std::string(whole));
    if (which == "domain")
        return call.same_taint(std::string(parsed->has_domain() ? whole.substr(parsed->domain_at) : ""));
    return call.same_taint(
        std::string(parsed->has_domain() ? whole.substr(0, parsed->domain_at - 1) : whole));
}

}
