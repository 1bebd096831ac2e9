// ${…} in the strings of a script: encoded characters while it is read, variables while it runs.
#pragma once

#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::sieve {

// Replaces what `value` knows: `Result<bool> value(std::string_view inside, std::string& out)` appends what
// stands for it and says so. All else is left as it is.
template <class Value>
Result<std::string> replace_braces(std::string_view rest, Value value)
{
    std::string out;
    for (;;) {
        const auto at = rest.find("${");
        out += rest.substr(0, at);
        if (at == std::string_view::npos)
            return out;
        rest.remove_prefix(at + 2);
        const auto end = rest.find('}');
        if (end != std::string_view::npos && TRY(value(rest.substr(0, end), out)))
            rest.remove_prefix(end + 1);
        else
            out += "${";
    }
}

}
