// The next CR and the next LF of a block. Each octet is looked at once for either (by memchr), whatever
// the text and the order of questions, so that hostile octets cost linear time.
#pragma once

#include <algorithm>
#include <string_view>

namespace gp::smtp::detail {

class LineEnds {
public:
    explicit LineEnds(std::string_view block) : block_(block) {}

    // At or behind `from`, which never falls; the block's size when there is none.
    std::size_t cr(std::size_t from) { return next('\r', cr_, from); }
    std::size_t lf(std::size_t from) { return next('\n', lf_, from); }

private:
    static constexpr auto unknown = std::string_view::npos;
    std::size_t next(char c, std::size_t& known, std::size_t from)
    {
        if (known == unknown || known < from)
            known = std::min(block_.find(c, from), block_.size());
        return known;
    }

    std::string_view block_; // the caller's, for as long as this lives
    std::size_t cr_ = unknown, lf_ = unknown;
};

}
