// Master's command line, as `gatepost start` and the one-shot front ends write it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace gp::master {

struct Options {
    std::vector<std::string> for_config; // --config, --define, --services, --listen and so on: as they are
    std::string config_file;             // of --config, for the group that may read it
    std::vector<std::string> definitions; // of --define
    bool foreground = false;
    // The suite serves one command: no network listener, and it ends when this descriptor's other end is
    // closed. A line on it says that the services are ready.
    std::optional<int> one_shot;
    bool guest = false; // and it shares the spool of the suite that runs (common/service/guests.h)
};

Result<Options> read_options(int argc, char** argv);
std::string usage();

}
