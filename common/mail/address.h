// A mail address in its two parts, and the few questions that everybody asks of an address as text.
//
// Between processes an address is a string, as the envelope has it; Address is for who looks inside.
// Parsing what strangers wrote is address_parser.h; here the text is already known to be an address.
#pragma once

#include <string>
#include <string_view>

namespace gp::mail {

struct Address {
    std::string local_part; // as written: quotes and backslashes are kept
    std::string domain;     // as written; empty for an unqualified address

    // Splits at the @ that parts the two (see at_of).
    static Address from(std::string_view text);
    std::string text() const;
    bool is_null() const { return local_part.empty() && domain.empty(); }
    // Domains without regard to case, local parts exactly: RFC 5321 section 2.4.
    friend bool operator==(const Address& a, const Address& b);
};

// Where the @ is that parts local part and domain, or npos: not one in quotes or behind a backslash.
std::size_t at_of(std::string_view address);
std::string_view local_part_of(std::string_view address);
std::string_view domain_of(std::string_view address); // empty when unqualified
bool same_address(std::string_view a, std::string_view b);

// "a b" -> a b: what $local_part shows.
std::string unquote_local_part(std::string_view local_part);
// Quotes it if it must be to stand in an address (${quote_local_part:…}).
std::string quote_local_part(std::string_view local_part);

// user@[192.0.2.1] or user@[IPv6:…]: the text between the brackets, else empty.
std::string_view domain_literal_of(std::string_view domain);

}
