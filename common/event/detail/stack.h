// A fiber's stack: mapped memory with an inaccessible page below it, so that a stack that runs over
// ends the process instead of another conversation.
#pragma once

#include <cstddef>
#include <optional>

namespace gp::event {

struct Stack {
    char* lowest = nullptr; // usable memory begins here; the guard page lies below
    std::size_t size = 0;

    char* top() const { return lowest + size; }

    static std::optional<Stack> map(std::size_t size); // nothing when there is no memory
    void unmap();
};

}
