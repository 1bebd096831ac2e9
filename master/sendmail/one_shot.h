// A suite of its own for one command (DESIGN 8): the same daemons behind the same walls, without a network
// listener, started because none runs for this instance, and ended with the command.
#pragma once

#include <memory>

#include "common/base/owned_fd.h"
#include "master/sendmail/instance.h"

namespace gp::sendmail {

class OneShot {
public:
    // True when no suite of this instance runs and it is the caller's to start one: the configuration was named
    // by -C, and its spool belongs to the caller or he has root's rights.
    static bool is_wanted(const Options& options, const Instance& instance);

    // Comes back when the services are ready. From then on this process has its real user's rights only.
    static Result<OneShot> start(const Options& options, const Instance& instance);

    OneShot(OneShot&&) = default;
    OneShot& operator=(OneShot&&) = delete;
    ~OneShot(); // ends the suite, in order, and waits for its end

private:
    OneShot(OwnedFd line, int pid) : line_(std::move(line)), pid_(pid) {}
    OwnedFd line_; // master ends when this closes
    int pid_ = -1;
};

// What may be kept of an effective user that is not the real one: nothing, unless this is a test
// environment in which something else than a set-uid bit of this program arranged it.
Status drop_borrowed_rights();
// Gives up an effective user that is not the real one.
Status become_real_user();

}
