// Who a locally originated or submitted message is from: the rules of manual 48.11, 48.16 and 48.18.
#pragma once

#include <string>
#include <string_view>

#include "cleanup/work.h"

namespace gp::cleanup {

// Fix-ups apply: it came from a local program, or policy said control = submission, and nobody said
// control = suppress_local_fixups.
bool wants_fixups(const Work& work);

// The address that the login or the authenticated user stands for.
std::string login_address(const Work& work);

// "Full Name <address>", or the bare address when there is no name. Names that are not plain words are
// quoted, names beyond ASCII encoded (RFC 5322 section 3.2.5, RFC 2047).
std::string with_name(std::string_view full_name, std::string_view address);

// True when `from` is the login's own address, also with local_from_prefix and local_from_suffix.
bool is_own_address(const Work& work, std::string_view from);

}
