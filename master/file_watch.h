// Files whose change asks for a reload: certificates and keys, which other programs renew. Master looks at their dates and
// never into them. A change counts when the next look finds nothing newer, for a certificate and its key are seldom
// written in one instant.
#pragma once

#include <chrono>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace gp::master {

class FileWatch {
public:
    using Time = std::chrono::steady_clock::time_point;
    FileWatch() = default;
    // `block`: seconds between looks, in digits, and the paths; each ends in a zero octet (conf/compile.cpp). Looks once.
    // A file of `read_from` or later may have been read before it changed, and counts as changed; 0: none does.
    explicit FileWatch(std::string_view block, std::time_t read_from = 0);

    // True once for a change, at or after next().
    bool has_changed(Time now);
    Time next() const { return next_; }

private:
    std::string look(std::time_t read_from = 0) const;
    std::vector<std::string> paths_;
    std::chrono::seconds interval_{0};
    Time next_ = Time::max();
    std::string known_, seen_; // what the last reload knows of, and what was seen last
};

}
