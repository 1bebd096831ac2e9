// Which strangers' words reach the value of a text, told without expanding it: for warnings about options and
// look-ups that will be refused at run time. It errs on the side of silence.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace gp::conf {

// Names that have strangers' words in them besides: "address_data" has "$local_part" (carried_taint.h).
using Carried = std::map<std::string, std::string, std::less<>>;

// "$local_part", "$h_subject:" … that become part of what `text` expands to, as far as can be seen.
std::vector<std::string> tainted_parts(std::string_view text, const Carried& carried = {});

// A file, command or text within `text` that may be named by no stranger and is: `where` is "file of lookup".
struct TaintedUse {
    std::string variable, where;
};
std::vector<TaintedUse> tainted_uses(std::string_view text, const Carried& carried = {});

// What to write in the variable's place.
std::string instead_of(std::string_view variable);

}
