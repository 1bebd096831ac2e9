// A domain's SPF record as values, RFC 7208 section 4.6 and 12: parsed whole before anything of it is acted on, so
// that an error anywhere is an error.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/net/cidr.h"

namespace gp::spf {

enum class Outcome : std::uint8_t { none, neutral, pass, fail, softfail, temperror, permerror };
std::string_view name_of(Outcome outcome);

struct Directive {
    enum class Kind : std::uint8_t { all, include, a, mx, ptr, ip, exists } kind = Kind::all;
    Outcome outcome = Outcome::pass;  // of a match, by the qualifier
    std::string domain;               // with macros; empty: the current one
    unsigned bits4 = 32, bits6 = 128; // of a and mx
    net::Cidr network;                // of ip4 and ip6
    std::string text;                 // as it is written
};

struct Record {
    std::vector<Directive> directives;
    std::optional<std::string> redirect, explanation; // domains, with macros
};

// "v=spf1" with a blank or nothing behind it: whether a TXT record is for us.
bool is_record(std::string_view text);
// The error is what permerror means here.
Result<Record> parse_record(std::string_view text);

// Whether "%" stands only where macros are well formed. `in_text`: of an explanation, where c, r and t are known.
bool is_macro_string(std::string_view text, bool in_text);

}
