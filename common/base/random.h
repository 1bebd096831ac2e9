// Random bytes from the kernel.
#pragma once

#include <cstdint>
#include <span>

namespace gp {

void random_bytes(std::span<char> into); // getrandom(2); panics when the kernel has none
std::uint64_t random_number();

}
