// What the place of a configuration and the environment say about an instance.
#pragma once

#include <string>
#include <string_view>

#include "conf/params/configuration.h"

namespace gp::conf {

// The file is one of the system's own: the environment variables GATEPOST_* are then ignored.
bool is_system_file(std::string_view file);

// The first of them that is there; the first one when none is.
std::string usual_file();

struct Surroundings {
    bool test_habits = false;  // GATEPOST_TEST=1: the fixed habits that conformance cases assume
    std::string dns_servers;   // GATEPOST_DNS, else the option dns_servers; comma separated; empty: the system's
};

// Of this process's environment; of a system's instance only the option counts.
Surroundings surroundings(const Configuration& configuration, bool is_system);

// GATEPOST_TEST=1, before there is a configuration.
bool is_test_environment();

}
