// Which recipients of a message are done: sorted, disjoint runs of indexes, so that 490 of 500 cost as
// little as 3 of 5.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace gp::spool {

class RecipientSet {
public:
    void add(std::uint32_t recipient);
    bool contains(std::uint32_t recipient) const;
    bool empty() const { return runs_.empty(); }
    std::size_t runs() const { return runs_.size(); }

    // As in a record: first and last of each run. What is no such list is taken as far as it is one.
    std::vector<std::uint32_t> pairs() const;
    void add_pairs(const std::vector<std::uint32_t>& pairs);

private:
    void add_run(std::uint32_t first, std::uint32_t last);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> runs_; // first, last
};

}
