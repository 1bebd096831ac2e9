// Keyed BLAKE2s (RFC 7693): a message authentication code. Here and not from libcrypto because it is all
// that spoold would need of it, and a library that large costs an idle instance more memory than the rest.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace gp::spoold {

using Digest = std::array<unsigned char, 32>;

// `key` has at most 32 octets; with an empty one it is the plain hash.
Digest blake2s(std::string_view key, std::string_view message);

}
