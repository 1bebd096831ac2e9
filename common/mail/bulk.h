// Mail for many: mailings and lists, as they call themselves.
#pragma once

#include "common/mail/header_list.h"

namespace gp::mail {

// Whether a message says so: Precedence: bulk, list or junk, or a List-Id (RFC 2919) or List-Unsubscribe (RFC 2369) of a list.
bool is_bulk(const HeaderList& headers);

}
