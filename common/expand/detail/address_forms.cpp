#include "common/expand/detail/address_forms.h"

#include <algorithm>
#include <charconv>

#include "common/net/address.h"

namespace gp::expand {

Error no_ip_address(std::string_view text)
{
    return misconfigured("\"" + std::string(text) + "\" is not an IP address");
}

Result<net::Address> ip_address_of(std::string_view text)
{
    auto address = net::Address::parse(text);
    if (!address)
        return no_ip_address(text);
    return address;
}

std::string ip_normal_form(const net::Address& address)
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

}
