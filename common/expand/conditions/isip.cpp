// isip {text}, isip4 {text}, isip6 {text}

#include "common/expand/condition.h"
#include "common/net/address.h"

namespace gp::expand {
namespace {

Result<bool> is_address(const ConditionCall& call)
{
    const auto& text = call.arguments[0].text;
    if (text.starts_with('['))
        return false; // brackets make it a domain literal
    const auto address = net::Address::parse(text);
    if (!address)
        return false;
    return call.name == "isip" || (call.name == "isip4") == address->is_v4();
}

const RegisterCondition conditions[] = {
    RegisterCondition{{.name = "isip", .strings = 1, .test = is_address, .doc = "An IP address."}},
    RegisterCondition{{.name = "isip4", .strings = 1, .test = is_address, .doc = "An IPv4 address."}},
    RegisterCondition{{.name = "isip6", .strings = 1, .test = is_address, .doc = "An IPv6 address."}},
};

}
}
