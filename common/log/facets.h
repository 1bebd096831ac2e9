// Which kinds of debugging output are wanted: "+all", "-dns+route", "-all+acl".
#pragma once

#include <set>
#include <string>
#include <string_view>

namespace gp::log::detail {

class Facets {
public:
    void select(std::string_view words);
    bool has(std::string_view facet) const { return words_.contains(facet) || (all_ && !muted_.contains(facet)); }
    bool names(std::string_view facet) const { return words_.contains(facet); } // by its own name, not by +all

private:
    bool all_ = false;
    std::set<std::string, std::less<>> words_, muted_;
};

}
