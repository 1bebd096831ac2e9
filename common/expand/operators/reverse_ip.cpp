// ${reverse_ip:…}: an address in the order that DNS lists want.

#include "common/expand/operator.h"
#include "common/net/address.h"

namespace gp::expand {
namespace {

Result<Text> reverse(const OperatorCall& call)
{
    // A mask may follow; it changes nothing.
    const std::string_view text = call.subject.text;
    const auto slash = text.find('/');
    const bool has_mask = slash != std::string_view::npos && slash + 1 < text.size() &&
                          text.find_first_not_of("0123456789", slash + 1) == std::string_view::npos;
    const auto address = net::Address::parse(has_mask ? text.substr(0, slash) : text);
    if (!address)
        return misconfigured("reverse_ip() not given an IP address [" + call.subject.text + "]");
    return Text::clean(address->unmapped().reversed());
}

const RegisterOperator self{{
    .name = "reverse_ip",
    .apply = reverse,
    .doc = "An address in the order that DNS lists want.",
}};

}
}
