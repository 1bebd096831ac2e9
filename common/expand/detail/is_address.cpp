#include "common/expand/detail/is_address.h"

#include "common/net/address.h"

namespace gp::expand {

Result<bool> is_address_of_kind(const ConditionCall& call)
{
    const auto& text = call.arguments[0].text;
    if (text.starts_with('['))
        return false; // brackets make it a domain literal
    const auto address = net::Address::parse(text);
    if (!address)
        return false;
    return call.name == "isip" || (call.name == "isip4") == address->is_v4();
}

}
