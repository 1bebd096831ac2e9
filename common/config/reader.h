// Text and rows to settings, or to errors with file and line.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "common/config/param.h"
#include "common/config/problem.h"
#include "common/config/section.h"

namespace gp::config {

// What to do with an option that Exim has and Gatepost does not have yet: the daemon refuses the file,
// command-line inspection reads on with a warning. Quiet acceptance is for what has been refused or
// warned of as a whole, or was judged before.
enum class Unsupported : std::uint8_t { refuse, warn, accept };

// Tells of something that is not supported: as an error, a warning, or not at all.
void object(Unsupported policy, Problems& problems, const Origin& origin, std::string_view line, std::string reason,
            std::string hint = {});

// Users and groups of the system; tests and the flattened form bring their own.
struct Names {
    std::function<std::optional<Identity>(std::string_view name)> user;  // also numbers
    std::function<std::optional<Identity>(std::string_view name)> group;
    // Only for show: the name of a group number, or the number. May be left out.
    std::function<std::string(std::uint32_t id)> group_name;
};
Names system_names();

struct ReadOptions {
    Unsupported unsupported = Unsupported::refuse;
    const Names* names = nullptr; // must not be null
};

// Sets what `assignment` says. Whatever is wrong with it goes to `problems`, with the nearest known name.
void apply(Settings& settings, const Assignment& assignment, const ReadOptions& options, Problems& problems);

// The value that `text` (as written) gives for an option, or why it cannot.
Result<Value> parse_value(const Option& option, std::string_view text, const Names& names);

}
