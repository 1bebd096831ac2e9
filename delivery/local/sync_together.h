// Several files to stable storage at once: one waits for the disk as long as many do.
#pragma once

#include <cstdint>
#include <vector>

namespace gp::local {

// fsync of each of `files`, up to `most` of them at a time, each wait in a thread of its own. Where no thread can be
// made (the user's limit of processes), fewer wait at once. The answer has for each file 0 or the errno of its fsync;
// -1 among the files is skipped and counts as 0.
std::vector<int> sync_together(const std::vector<int>& files, std::uint32_t most);

}
