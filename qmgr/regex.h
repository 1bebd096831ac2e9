// Regular expressions of retry rules, by PCRE2, with limits on what a match may cost.
#pragma once

#include "qmgr/address_pattern.h"

namespace gp::qmgr {

// Compiles each expression once and keeps it. An expression that does not compile matches nothing; config has
// refused it before it comes here. Matches without regard to case, as address lists do.
RegexMatcher pcre_matcher();

}
