// Runs another program of the suite for a verb, with our own standard streams.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gp::control {

// A program that lies beside ours.
std::string beside_us(std::string_view name);

// Its exit status; says what is wrong when it cannot be started. The first word is its path.
int run_program(std::vector<std::string> words);

}
