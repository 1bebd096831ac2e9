// The program of av_scanner = cmdline:… . scan has written the message to a file and says so on a socket; router, which
// holds the other end, has launcher run the program and hands back its status and what it wrote. So the process that
// reads strangers' messages runs nothing, and the program gets nothing from it but the file.
#pragma once

#include <functional>

#include "common/base/duration.h"
#include "router/ground.h"

namespace gp::router {

// The end for scan's conversation (common/scan/scanners/cmdline.cpp). On a fiber; a fiber of its own serves the other end,
// where `run` gives the answer: a line with the status of wait(2) and then what the program wrote, or why there is none.
Result<OwnedFd> open_scan_command(std::function<std::string()> run, event::Deadline until);

// The same, with launcher's help. `directory`: of the message. The program has until `until`.
Result<OwnedFd> open_scan_command(const std::string& command, const std::string& directory, const Ground& ground, event::Deadline until);

}
