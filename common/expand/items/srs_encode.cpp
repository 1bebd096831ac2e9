// ${srs_encode{secret}{return path}{domain}}

#include "common/expand/item.h"
#include "common/expand/scene.h"
#include "common/expand/srs.h"
#include "common/mail/address_parser.h"

namespace gp::expand {
namespace {

Result<Text> encode(const ItemCall& call)
{
    const auto* clock = call.scene.world.effects.clock;
    const auto now = clock ? clock->seconds() : SystemClock().seconds();
    std::string return_path = call.arguments[1].text;
    if (!return_path.empty()) {
        mail::AddressRules rules;
        rules.allow_domain_literals = true;
        rules.allow_utf8_domains = call.scene.site().allow_utf8_domains;
        auto parsed = mail::parse_address(return_path, rules);
        if (!parsed)
            return misconfigured(std::move(parsed).error().text);
        return_path = std::move(parsed->address);
    }
    Text out = Text::clean(TRY(srs_encode(call.arguments[0].text, return_path, call.arguments[2].text, now)));
    out.mark(call.arguments[1]);
    out.mark(call.arguments[2]);
    return out;
}

const RegisterItem self{{
    .name = "srs_encode",
    .least = 3,
    .most = 3,
    .apply = encode,
    .doc = "A sender rewritten for forwarding.",
}};

}
}
