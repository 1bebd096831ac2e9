// A command line as options and ${run have it: split into arguments first, each argument expanded then, so that
// a value with blanks or quotes in it stays one argument. For ${run}, pipe transports, queryprogram.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/expand/expand.h"

namespace gp::expand {

// Words between white space; "…" with escapes and '…' without keep white space.
std::vector<std::string> split_command(std::string_view command);

class Command {
public:
    Command() = default;
    // `where` ends the error's text: Expansion of "…" from command "…" in WHERE failed: …
    static Result<Command> parse(const Language& language, std::string_view command, std::string_view where);

    bool empty() const { return arguments_.empty(); }
    Result<std::vector<Text>> expand(Scene& scene) const;

private:
    std::string source_, where_;
    std::vector<Expression> arguments_;
};

}
