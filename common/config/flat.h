// The flattened form: every logical line with its origin, macros, includes and conditions done, as one
// block of octets. The config program seals it into the image; router and the command line read it
// back in one pass, without touching a file, the passwd database or the host's name.
//
//   "GPFLAT01" | count, then files | count, then facts (name, value) | count, then lines (file, line, text)
//
// Numbers are 32 bits, little end first; texts are length and octets. A reader checks every length.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/config/lexer.h"

namespace gp::config {

struct Flat {
    // What the machine said when the file was read: "host_name", "user NAME", "group NAME" … so that
    // every process of a suite sees the same.
    std::map<std::string, std::string, std::less<>> facts;
    std::vector<Line> lines;
};

std::string pack(const Flat& flat);
Result<Flat> unpack(std::string_view octets);

}
