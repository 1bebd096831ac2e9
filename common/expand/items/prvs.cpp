// ${prvs{…}…}: an address signed so that bounces to it can be told from forged ones.

#include "common/base/text.h"
#include "common/expand/detail/signed_address.h"
#include "common/expand/item.h"

namespace gp::expand {
namespace {

std::string three_digits(std::int64_t number)
{
    auto out = std::to_string(number);
    return std::string(out.size() < 3 ? 3 - out.size() : 0, '0') + out;
}

Result<Text> sign(const ItemCall& call)
{
    const auto& address = call.arguments[0];
    const auto at = address.text.rfind('@');
    if (at == std::string::npos || at == 0 || at + 1 == address.text.size())
        return misconfigured("prvs first argument must be a qualified email address");
    std::string key = "0";
    if (call.arguments.size() > 2) {
        key = call.arguments[2].text;
        if (key.size() != 1 || !is_digit(key.front()))
            return misconfigured("prvs third argument must be a single digit");
    }
    const auto stamp = key + three_digits(prvs_day(call.scene, days_valid));
    const auto mark = TRY(prvs_signature(address.text, call.arguments[1].text, stamp));
    Text out = Text::clean("prvs=" + stamp + mark + "=" + address.text);
    out.mark(address);
    return out;
}

const RegisterItem self{{
    .name = "prvs",
    .least = 2,
    .most = 3,
    .apply = sign,
    .doc = "An address signed so that bounces to it can be told from forged ones.",
}};

}
}
