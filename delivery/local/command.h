// Running a program as the recipient: found by path, started without a shell, its output gathered up to a
// bound, ended at a deadline.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/duration.h"
#include "common/base/owned_fd.h"
#include "common/base/result.h"
#include "delivery/local/job.h"

namespace gp::local {

// The words of the transport's command, or of the address when it is a pipe; and where the program is
// (path, restrict_to_path, allow_commands).
Result<std::vector<std::string>> command_of(const Job& job);

std::vector<std::string> environment_of(const Job& job);

struct Ran {
    bool timed_out = false;
    bool started = true;    // false: exec failed, `code` is errno
    bool signalled = false; // by signal `code`
    int code = 0;
    std::string output;     // standard output and error, at most max_output octets
    bool too_much_output = false;
    Status fed;             // writing the message to its standard input
};

// Feeds the program with what `feed` writes to a descriptor, in a process of its own so that neither side
// can block the other.
struct CommandLimits {
    Duration timeout{};
    std::size_t max_output = 0;
    std::uint32_t umask = 022;
    bool takes_errors = true; // standard error is output, too; else it goes nowhere
    bool ends_when_full = false; // who writes more than max_output is ended
};
Result<Ran> run_command(const std::vector<std::string>& words, const std::vector<std::string>& environment,
                        const CommandLimits& limits, const std::function<Status(int)>& feed);

// A program whose input and output are one socket: LMTP by a command.
struct Talking {
    OwnedFd socket;
    int pid = -1;
};
Result<Talking> start_talking(const std::vector<std::string>& words, const std::vector<std::string>& environment);
// Once its socket is closed: it and what it has started are ended when it does not end by itself in time.
void end_talking(int pid, Duration patience);

}
