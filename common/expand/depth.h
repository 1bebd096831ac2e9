// Limits on what one expansion may take. The names are ours; an administrator can set them.
#pragma once

#include <cstddef>

namespace gp::expand {

struct Limits {
    std::size_t expansion_nesting_max = 100;          // braces within braces while a text is parsed
    std::size_t expansion_stack_max = 72 * 1024;      // octets of stack below the outermost expansion
    std::size_t expansion_size_max = 32 * 1024 * 1024; // octets of any value on the way
    std::size_t expansion_list_max = 100'000;         // items that map, filter, reduce, sort … go through
    std::size_t expansion_steps_max = 20'000'000;     // texts within texts that one expansion evaluates: some seconds
};

}
