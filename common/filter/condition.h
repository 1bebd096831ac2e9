// A filter's conditions: one file each in conditions/, which registers itself. Those that begin with their
// name (personal, foranyaddress) are Conditions; those between two texts (is, contains, above) Comparisons.
#pragma once

#include <memory>
#include <string_view>

#include "common/base/registry.h"
#include "common/filter/tree.h"

namespace gp::filter {

class Parser;

struct Condition {
    std::string_view name;
    Result<TestPtr> (*parse)(Parser& parser) = nullptr;
    std::string_view doc;
};
using RegisterCondition = Registry<Condition>::Entry;

// A word between two texts. Texts are compared as octets by the capital form and without regard to case by
// the other one.
struct Comparison {
    std::string_view name; // "contains"; the verb without its s is known too
    bool has_capitals = true;
    Result<bool> (*holds)(Run& run, const std::string& left, const std::string& right, bool is_caseful) = nullptr;
    std::string_view doc;
};
using RegisterComparison = Registry<Comparison>::Entry;

}
