// The challenge of CRAM-MD5: an address like a message id, never twice the same (RFC 2195 section 2).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gp::auth {

// "<RANDOM.SECONDS@HOST>"; in tests (GATEPOST_TEST=1) the example of RFC 2195.
std::string fresh_challenge(std::int64_t seconds, std::string_view host);

// For all challenges that this process makes from now on.
void let_challenges_be_the_example(bool example);

}
