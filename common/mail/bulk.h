// Mail for many: mailings and lists, as they call themselves.
#pragma once

#include <string_view>

#include "common/mail/header_list.h"

namespace gp::mail {

// Whether the value of a Precedence header has the word bulk, list or junk.
bool is_bulk_precedence(std::string_view value);

// Whether a message says so: by Precedence, or by the List-Id (RFC 2919) or List-Unsubscribe (RFC 2369) of a list.
bool is_bulk(const HeaderList& headers);

}
