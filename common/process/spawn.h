// A child program with nothing inherited but what is named: its environment, its descriptors, its signals.
// master starts services so, router-exec and the launcher's children start commands.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "common/base/duration.h"
#include "common/base/owned_fd.h"
#include "common/base/result.h"

namespace gp::process {

struct Command {
    std::string path;                     // absolute; no search, no shell
    std::vector<std::string> arguments;   // [0] too
    std::vector<std::string> environment; // "NAME=value"; nothing else is passed
    struct Passed {
        int ours;
        int theirs;
    };
    std::vector<Passed> descriptors; // everything else is closed; 0, 1, 2 not named become /dev/null
    std::string directory = "/";
    bool own_session = false; // setsid
    int death_signal = 0;     // sent when the thread that started it ends
    // Runs in the child just before exec, in a single thread: becoming another user, limits. An error
    // ends the child with status 127 and its text on standard error.
    std::function<Status()> prepare;
};

struct Child {
    pid_t pid = -1;
    OwnedFd pidfd; // readable when it has ended
};

Result<Child> start(const Command& command);

struct Exit {
    bool by_signal = false;
    int number = 0;         // of the signal, or the exit status
    bool timed_out = false; // it was killed at its time limit
    bool good() const { return !by_signal && number == 0; }
};
std::string describe(const Exit& exit); // "ended by signal 9", "exit status 75"
Exit exit_of(int wait_status);

// Blocks until the child has ended, at most `limit`; then it is killed.
Result<Exit> wait_for(Child& child, Duration limit);

// Signals by descriptor, so that a reused process number is never hit.
Status signal_child(const Child& child, int signal);
Result<OwnedFd> open_pidfd(pid_t pid);

}
