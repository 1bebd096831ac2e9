// A suite of its own for one command (DESIGN 8): the same daemons behind the same walls, without a network
// listener, started because none runs for this instance, or because the one that does has another configuration, and
// ended with the command.
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

    // True when a suite of this instance runs that was started with another configuration, or with other macros, than
    // the ones that root, or the instance's owner, names now.
    static bool is_guest_wanted(const Options& options, const Instance& instance);

    // Comes back when the services are ready. From then on this process has its real user's rights only.
    static Result<OneShot> start(const Options& options, const Instance& instance);
    // Beside the suite that runs, as its guest (common/service/guests.h); the instance is the guest's from then on.
    static Result<OneShot> start_guest(const Options& options, Instance& instance);

    OneShot(OneShot&&) = default;
    OneShot& operator=(OneShot&&) = delete;
    ~OneShot(); // ends the suite, in order, and waits for its end

private:
    static Result<OneShot> spawn(std::vector<std::string> words);
    OneShot(OwnedFd line, int pid) : line_(std::move(line)), pid_(pid) {}
    OwnedFd line_; // master ends when this closes
    int pid_ = -1; // of its master
};

// What may be kept of an effective user that is not the real one: nothing, unless this is a test
// environment in which something else than a set-uid bit of this program arranged it.
Status drop_borrowed_rights();
// Gives up an effective user that is not the real one.
Status become_real_user();

}
