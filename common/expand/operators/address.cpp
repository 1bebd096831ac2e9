// ${address:…}, ${domain:…}, ${local_part:…}, ${addresses:…}: mail addresses as they stand in headers.

#include "common/base/text.h"
#include "common/expand/detail/branching.h"
#include "common/expand/operator.h"
#include "common/expand/scene.h"
#include "common/mail/address_parser.h"

namespace gp::expand {
namespace {

mail::AddressRules rules(const Scene& scene)
{
    mail::AddressRules out;
    out.allow_domain_literals = true;
    out.allow_utf8_domains = scene.site().allow_utf8_domains;
    return out;
}

// A text that is no address gives nothing.
Result<Text> part(const OperatorCall& call, std::string_view which)
{
    const auto parsed = mail::parse_address(call.subject.text, rules(call.scene));
    if (!parsed)
        return Text{};
    const std::string_view whole = parsed->address;
    if (which == "address")
        return call.same_taint(std::string(whole));
    if (which == "domain")
        return call.same_taint(std::string(parsed->has_domain() ? whole.substr(parsed->domain_at) : ""));
    return call.same_taint(std::string(parsed->has_domain() ? whole.substr(0, parsed->domain_at - 1) : whole));
}

Result<Text> addresses(const OperatorCall& call)
{
    std::string_view list = trim_left(call.subject.text);
    char separator = ':';
    if (list.starts_with('>')) {
        list.remove_prefix(1);
        if (list.empty())
            return misconfigured("output separator missing in expanding ${addresses:" + call.subject.text + "}");
        separator = list.front();
        list.remove_prefix(1);
    }
    Text out;
    ListBuilder result(out, separator);
    for (const auto& item : mail::parse_address_list(list, rules(call.scene)).items)
        if (item.parsed)
            result.add(call.same_taint(item.parsed->address));
    return out;
}

const RegisterOperator operators[] = {
    RegisterOperator{{.name = "address",
                      .apply = [](const OperatorCall& call) { return part(call, "address"); },
                      .doc = "The address in a text such as a From: header has it."}},
    RegisterOperator{{.name = "domain",
                      .apply = [](const OperatorCall& call) { return part(call, "domain"); },
                      .doc = "The domain of an address."}},
    RegisterOperator{{.name = "local_part",
                      .apply = [](const OperatorCall& call) { return part(call, "local_part"); },
                      .doc = "The local part of an address."}},
    RegisterOperator{{.name = "addresses",
                      .apply = addresses,
                      .doc = "The addresses of a header, as a list; \">c\" in front sets its separator."}},
};

}
}
