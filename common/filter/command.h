// A filter command: one file in commands/ that registers itself.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "common/base/registry.h"
#include "common/filter/tree.h"

namespace gp::filter {

class Parser;

// What stood before the command.
struct Prefix {
    std::optional<bool> seen; // seen, unseen
    bool noerror = false;
};

struct Command {
    std::string_view name;
    bool takes_prefix = true; // seen, unseen and noerror may stand before it
    // Reads what follows the command's word; the error is Exim's.
    Result<std::unique_ptr<Step>> (*parse)(Parser& parser, const Prefix& prefix) = nullptr;
    std::string_view doc;
};
using RegisterCommand = Registry<Command>::Entry;

}
