// IP addresses: ${ipv6denorm:…}, ${ipv6norm:…}, ${mask:…}, ${reverse_ip:…}.

#include <algorithm>
#include <charconv>

#include "common/expand/operator.h"
#include "common/net/address.h"

namespace gp::expand {
namespace {

Error no_address(std::string_view text)
{
    return misconfigured("\"" + std::string(text) + "\" is not an IP address");
}

Result<net::Address> address_of(std::string_view text)
{
    auto address = net::Address::parse(text);
    if (!address)
        return no_address(text);
    return address;
}

// RFC 5952, but never with a dotted end.
std::string normal_form(const net::Address& address)
{
    std::array<unsigned, 8> groups{};
    const auto full = address.full();
    for (std::size_t i = 0; i < 8; ++i)
        std::from_chars(full.data() + 5 * i, full.data() + 5 * i + 4, groups[i], 16);
    std::size_t best = 8, best_length = 1;
    for (std::size_t i = 0; i < 8;) {
        std::size_t end = i;
        while (end < 8 && groups[end] == 0)
            ++end;
        if (end - i > best_length) {
            best = i;
            best_length = end - i;
        }
        i = std::max(end, i + 1);
    }
    std::string out;
    std::array<char, 8> digits{};
    for (std::size_t i = 0; i < 8; ++i) {
        if (i == best) {
            out += i == 0 ? "::" : ":";
            i += best_length - 1;
            continue;
        }
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), groups[i], 16).ptr;
        out.append(digits.data(), end);
        if (i < 7)
            out += ':';
    }
    return out;
}

Result<Text> denormal(const OperatorCall& call)
{
    return Text::clean(TRY(address_of(call.subject.text)).full());
}

Result<Text> normal(const OperatorCall& call)
{
    return Text::clean(normal_form(TRY(address_of(call.subject.text))));
}

Result<Text> mask(const OperatorCall& call)
{
    const std::string_view text = call.subject.text;
    const auto slash = text.find('/');
    const auto address = net::Address::parse(text.substr(0, slash));
    if (!address)
        return no_address(text);
    if (slash == std::string_view::npos)
        return misconfigured("missing mask value in \"" + call.subject.text + "\"");
    const auto digits = text.substr(slash + 1);
    unsigned bits = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (!digits.empty() && (read.ec == std::errc::invalid_argument || read.ptr != digits.data() + digits.size()))
        return no_address(text);
    if (read.ec == std::errc::result_out_of_range || bits > address->width())
        return misconfigured("mask value too big in \"" + call.subject.text + "\"");
    const auto masked = address->masked(bits);
    auto out = masked.text();
    if (masked.is_v6() && call.argument == "n") {
        out = normal_form(masked);
    } else if (masked.is_v6()) {
        // With dots, for these are often keys in an lsearch file (manual 11.6).
        out = masked.full();
        std::ranges::replace(out, ':', '.');
    }
    return Text::clean(out + '/' + std::to_string(bits));
}

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

const RegisterOperator operators[] = {
    RegisterOperator{{.name = "ipv6denorm", .apply = denormal, .doc = "An address as eight groups of four digits."}},
    RegisterOperator{{.name = "ipv6norm", .apply = normal, .doc = "An address as an IPv6 one in its short form."}},
    RegisterOperator{{.name = "mask", .apply = mask, .doc = "ADDRESS/BITS with the other bits 0; mask_n with colons."}},
    RegisterOperator{{.name = "reverse_ip", .apply = reverse, .doc = "An address in the order that DNS lists want."}},
};

}
}
