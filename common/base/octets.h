// Reading and writing whole on plain descriptors, whatever one call of the kernel takes or gives at a time.
// For files, pipes and local sockets that may block; conversations with strangers go by event::Stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "common/base/result.h"

namespace gp {

// The error says "write to WHAT".
Status write_all(int file, std::string_view octets, std::string_view what);

// Exactly so many octets; false when the file ends before that or cannot be read.
bool read_exactly(int file, char* into, std::size_t size);

// From `offset`, the file's own position left alone: as many as there are, `size` at most.
Result<std::size_t> read_at(int file, char* into, std::size_t size, std::uint64_t offset);

}
