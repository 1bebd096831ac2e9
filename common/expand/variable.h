// Variables: $name. They are told by subject in variables/; a name that is not there is an error when a
// text is parsed.
#pragma once

#include <string>
#include <string_view>

#include "common/base/registry.h"
#include "common/base/result.h"
#include "common/base/tainted.h"

namespace gp::expand {

struct Scene;

struct Variable {
    std::string_view name; // of a family: what its members begin with
    // The value; `name` is the member's for a family. Null: a fact of this name (facts.h).
    Result<Text> (*get)(Scene& scene, std::string_view name) = nullptr;
    std::string_view absent;      // a fact's value while nobody has set it
    bool is_family = false;
    bool (*has_member)(std::string_view name) = nullptr; // of a family
    bool is_certificate = false;
    std::string_view instead; // what to use where a tainted value is refused: "$domain_data"
    std::string_view doc;
};

using RegisterVariable = Registry<Variable>::Entry;

}
