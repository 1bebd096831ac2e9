// References: of a mail about another one (RFC 5322 section 3.6.4).
#pragma once

#include <string>

#include "common/mail/header_list.h"

namespace gp::mail {

// The ids of the original's References, or of its In-Reply-To, and `own`, which is the original's Message-ID as it stands
// there. Of many ids the first and the last ones are kept, 12 in all and
// as many as a line has room for; what is no id is left out. Empty: there is none.
std::string references_to(const HeaderList& original, const std::string& own);

}
