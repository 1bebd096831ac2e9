#include "common/hints/tidy.h"

namespace gp::hints {

bool Tidier::step(std::size_t most)
{
    std::size_t seen = 0;
    bool at_end = true;
    store_.for_each(next_, [&](std::string_view key, std::string_view value) {
        if (seen++ == most) {
            next_ = key;
            at_end = false;
            return Visit::stop;
        }
        if (!is_old_(key, value))
            return Visit::keep;
        ++forgotten_;
        return Visit::erase;
    });
    if (at_end)
        next_.clear();
    return at_end;
}

}
