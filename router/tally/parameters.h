// What master tells tally.
#pragma once

#include <cstdint>
#include <string>

namespace gp::tally {

struct Parameters {
    std::string hints_directory;    // of ratelimit, seen and callout
    std::uint32_t hints_flush = 60; // seconds between writes to the files

    static void fields(auto& self, auto&& field)
    {
        field("hints_directory", self.hints_directory);
        field("hints_flush", self.hints_flush);
    }
};

}
