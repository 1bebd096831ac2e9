// Addresses and address lists: whatever the octets, an address that is accepted is within its bound,
// stands where it is said to stand, and reads as itself again.
//
// Input: octet 0 the rules, the text.

#include "common/mail/address.h"
#include "common/mail/address_parser.h"

namespace {

using namespace gp;

void check(const mail::ParsedAddress& parsed, std::string_view text, mail::AddressRules rules)
{
    if (parsed.address.size() > mail::max_address)
        panic("an address is bounded");
    if (parsed.begin > parsed.end || parsed.end > text.size())
        panic("an address stands in its text");
    if (parsed.has_domain() && mail::domain_of(parsed.address) != parsed.address.substr(parsed.domain_at))
        panic("one @ parts local part and domain");
    rules.strip_trailing_dot = false;
    const auto again = mail::parse_address(parsed.address, rules);
    if (!parsed.address.empty() && (!again || again->address != parsed.address))
        panic("an accepted address is an address");
}

}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::string_view text{reinterpret_cast<const char*>(data + 1), size - 1};
    mail::AddressRules rules;
    rules.allow_domain_literals = data[0] & 1;
    rules.allow_utf8_domains = data[0] & 2;
    rules.strip_excess_angle_brackets = data[0] & 4;
    rules.strip_trailing_dot = data[0] & 8;
    rules.allow_null = data[0] & 16;

    const auto one = mail::parse_address(text, rules);
    if (one)
        check(*one, text, rules);
    else if (one.error().text.empty())
        panic("a refusal says why");
    const auto list = mail::parse_address_list(text, rules, 1000);
    std::size_t at = 0;
    for (const auto& item : list.items) {
        if (item.begin < at || item.end <= item.begin || item.end > text.size())
            panic("items follow one another");
        at = item.end;
        if (item.parsed)
            check(*item.parsed, text, rules);
    }
    if (mail::find_address_end(text, data[0] & 32) > text.size())
        panic("an address ends in its text");
    const auto quoted = mail::quote_local_part(text);
    if (mail::unquote_local_part(quoted) != text && text.find_first_of("\"\\") == std::string_view::npos)
        panic("quoting is undone by unquoting");
    return 0;
}
