// Addresses as strangers write them: SMTP paths and header address lists, read as laxly as Exim reads
// them, with errors in Exim's words ("malformed address: > may not follow a@b").
//
// What is accepted beyond RFC 5321 and RFC 5322: dots anywhere in a local part, blanks and comments
// around dots and @, a phrase with dots before <...>, source routes (dropped), eight-bit local parts.
// Comments nest without recursion; an address of more than max_address octets is refused.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace gp::mail {

inline constexpr std::size_t max_address = 256;

// The main options that bear on the syntax of addresses.
struct AddressRules {
    bool allow_domain_literals = false;
    bool allow_utf8_domains = false;
    bool strip_excess_angle_brackets = false;
    bool strip_trailing_dot = false;
    bool allow_null = false; // <> is an address: MAIL FROM
};

struct ParsedAddress {
    std::string address;       // local-part@domain without blanks, comments, source route; quotes kept
    std::size_t domain_at = 0; // where the domain begins in `address`; 0 when unqualified
    std::size_t begin = 0;     // what the address takes of the text: between the angle brackets if there
    std::size_t end = 0;       // are any (with a source route), else without comments around it
    bool has_domain() const { return domain_at != 0; }
};

// The whole text is one address, perhaps with a phrase, angle brackets and comments.
Result<ParsedAddress> parse_address(std::string_view text, const AddressRules& rules = {});

// Where the address at the start of `text` ends: at a comma outside of quotes, comments and source
// routes; at a newline too if `newline_ends` (redirection data); else at the end of the text.
std::size_t find_address_end(std::string_view text, bool newline_ends = false);

// One item of a header's address list. Offsets are into the whole list.
struct ListedAddress {
    std::size_t begin = 0, end = 0; // the item without separators and outer blanks
    std::string group;              // display name of the group it stands in
    Result<ParsedAddress> parsed;   // begin and end within the whole list too
};

struct AddressList {
    std::vector<ListedAddress> items; // empty items are left out; bad ones carry their error
    bool too_many = false;            // there were more than `limit`
};

AddressList parse_address_list(std::string_view text, const AddressRules& rules = {},
                               std::size_t limit = 100'000);

// Past blanks, line ends and comments, from `at`.
std::size_t skip_comments(std::string_view text, std::size_t at);

}
