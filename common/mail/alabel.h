// Addresses in UTF-8 and in their ASCII form. Domains by libidn2; local parts by Punycode (RFC 3492), which knows
// nothing of the rules of domain names: a server that speaks of neither SMTPUTF8 nor this sees an ordinary address.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::mail {

bool is_ascii(std::string_view text);
Result<std::string> domain_to_alabel(const std::string& domain);
Result<std::string> domain_from_alabel(const std::string& domain);
Result<std::string> local_part_to_alabel(std::string_view local_part);
Result<std::string> local_part_from_alabel(std::string_view local_part);
// Both parts of an address.
Result<std::string> address_to_alabel(std::string_view address);
// The same; one that has no such form stays as it is.
std::string in_ascii_form(const std::string& address);

}
