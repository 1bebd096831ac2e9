// Items: ${name{…}{…}}. Each is a file in items/. Most take a number of braced texts; those with branches,
// conditions or words of their own bring a parse function (parser.h).
#pragma once

#include <memory>
#include <string>
#include <span>
#include <string_view>
#include <vector>

#include "common/base/registry.h"
#include "common/base/result.h"
#include "common/base/tainted.h"

namespace gp::expand {

struct Scene;
class Node;
class Parser;

struct ItemCall {
    Scene& scene;
    std::span<const Text> arguments; // expanded, as many as were written
    std::string_view name;
};

struct Item {
    std::string_view name;
    unsigned least = 0, most = 0; // of braced texts
    Result<Text> (*apply)(const ItemCall& call) = nullptr;
    // Instead of the three above: reads from behind the name to the closing brace, inclusive.
    Result<std::unique_ptr<const Node>> (*parse)(Parser& parser) = nullptr;
    std::string_view doc;
};

using RegisterItem = Registry<Item>::Entry;

}
