// Into the background: the caller's process waits until the services are ready and then ends with success,
// or ends with the status that the start ended with.
#pragma once

#include "common/base/owned_fd.h"
#include "common/base/result.h"

namespace gp::process {

class Detach {
public:
    // Returns in the process that goes on; with `foreground` that is the only one.
    static Result<Detach> begin(bool foreground);
    // The services are ready: lets the caller go, and the terminal too. `error_output` replaces standard
    // error.
    void done(int error_output);

private:
    OwnedFd caller_;
};

}
