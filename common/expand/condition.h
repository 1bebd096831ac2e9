// Conditions of ${if …}: name {…}{…}. Each is a file in conditions/.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/registry.h"
#include "common/base/result.h"
#include "common/base/tainted.h"

namespace gp::expand {

struct Scene;
class Parser;

// A condition that was parsed.
class Test {
public:
    virtual ~Test() = default;
    virtual Result<bool> holds(Scene& scene) const = 0;
};

struct ConditionCall {
    Scene& scene;
    std::span<const Text> arguments; // expanded
    std::string_view name;
};

struct Condition {
    std::string_view name;
    unsigned strings = 0; // braced texts that it takes
    Result<bool> (*test)(const ConditionCall& call) = nullptr;
    // Instead of the two above: reads what follows the name.
    Result<std::unique_ptr<const Test>> (*parse)(Parser& parser, std::string_view name) = nullptr;
    bool orders = false; // may be the comparator of ${sort
    std::string_view doc;
};

using RegisterCondition = Registry<Condition>::Entry;

}
