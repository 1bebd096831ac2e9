// ${mask:…}: ADDRESS/BITS with the other bits 0; mask_n with colons.

#include <algorithm>
#include <charconv>

#include "common/expand/detail/address_forms.h"
#include "common/expand/operator.h"
#include "common/net/address.h"

namespace gp::expand {
namespace {

Result<Text> mask(const OperatorCall& call)
{
    const std::string_view text = call.subject.text;
    const auto slash = text.find('/');
    const auto address = net::Address::parse(text.substr(0, slash));
    if (!address)
        return no_ip_address(text);
    if (slash == std::string_view::npos)
        return misconfigured("missing mask value in \"" + call.subject.text + "\"");
    const auto digits = text.substr(slash + 1);
    unsigned bits = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (!digits.empty() &&
        (read.ec == std::errc::invalid_argument || read.ptr != digits.data() + digits.size()))
        return no_ip_address(text);
    if (read.ec == std::errc::result_out_of_range || bits > address->width())
        return misconfigured("mask value too big in \"" + call.subject.text + "\"");
    const auto masked = address->masked(bits);
    auto out = masked.text();
    if (masked.is_v6() && call.argument == "n") {
        out = ip_normal_form(masked);
    } else if (masked.is_v6()) {
        // With dots, for these are often keys in an lsearch file (manual 11.6).
        out = masked.full();
        std::ranges::replace(out, ':', '.');
    }
    return Text::clean(out + '/' + std::to_string(bits));
}

const RegisterOperator self{{
    .name = "mask",
    .apply = mask,
    .doc = "ADDRESS/BITS with the other bits 0; mask_n with colons.",
}};

}
}
