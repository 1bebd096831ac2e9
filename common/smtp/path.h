// The path and the parameters of MAIL and RCPT: <a@b>, <>, <postmaster>, and what stands behind them.
//
// A word behind the path is a parameter only if its name is known and was offered; any other word stays
// part of the address and so makes it malformed, in Exim's words.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/mail/address_parser.h"

namespace gp::smtp {

// NAME=VALUE or NAME, as it was sent: views into the argument.
struct Parameter {
    std::string_view name;
    std::string_view value;
    bool has_value = false;
};

struct PathArgument {
    std::string_view path;             // everything that is no parameter
    std::vector<Parameter> parameters; // in the order sent
};

// `argument` is what follows FROM: or TO:. `knows` says which parameters may be there.
PathArgument split_path(std::string_view argument, const std::function<bool(const Parameter&)>& knows);

inline constexpr std::size_t max_parameters = 16; // of one command; more stay in the path

// <a@b> for wire and logs; the null path is <>.
std::string format_path(std::string_view address);

}
