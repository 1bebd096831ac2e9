#include "common/lookup/detail/ldap_quote.h"

#include "common/base/text.h"

namespace gp::lookup {
namespace {

// RFC 3986 section 2.1, but for the characters that manual 9.16 lists.
void add_url_quoted(std::string& out, char c)
{
    constexpr std::string_view digits = "0123456789ABCDEF", plain = "!$'-._()*+";
    const auto octet = static_cast<unsigned char>(c);
    if (is_alnum(c) || plain.find(c) != std::string_view::npos)
        out += c;
    else
        out.append("%").append(1, digits[octet >> 4]).append(1, digits[octet & 15]);
}

std::string url_quoted(std::string_view words)
{
    std::string out;
    for (const char c : words)
        add_url_quoted(out, c);
    return out;
}

}

Result<std::string> quote_ldap(std::string_view words, std::string_view variant)
{
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string quoted;
    if (variant == "dn") {
        const auto first = words.find_first_not_of(" #");
        const auto last = words.find_last_not_of(' ');
        for (std::size_t i = 0; i < words.size(); ++i) {
            const bool at_ends = (i < first && (words[i] == ' ' || words[i] == '#')) ||
                                 (last != std::string_view::npos && i > last);
            if (at_ends || std::string_view(",+\"\\<>;").find(words[i]) != std::string_view::npos)
                quoted += '\\';
            quoted += words[i];
        }
    } else if (!variant.empty()) {
        return misconfigured("\"" + std::string(variant) + "\" unrecognized after \"${quote_ldap\"");
    } else {
        for (const char c : words) {
            if (std::string_view("*()\\").find(c) == std::string_view::npos) {
                quoted += c;
                continue;
            }
            quoted.append("\\")
                .append(1, digits[static_cast<unsigned char>(c) >> 4])
                .append(1, digits[c & 15]);
        }
    }
    return url_quoted(quoted);
}

}
