// The running suite's side of guests (common/service/guests.h): who they are, and which of our processes answer
// theirs. A guest is a suite of root's, or of the instance's owner: its socket is for nobody else.
#pragma once

#include <poll.h>

#include <list>
#include <vector>

#include "master/fleet.h"

namespace gp::master {

class Guests {
public:
    explicit Guests(Fleet& fleet) : fleet_(fleet) {}

    Status listen(int run_directory);
    // What to poll for; after it, what came of it, in the same order.
    void add_to(std::vector<pollfd>& wanted) const;
    void attend(const pollfd* ready);
    // All leave: a process that they talk to has gone, or the suite ends. Nobody else is taken after `for_good`.
    void dismiss(bool for_good);
    std::size_t size() const { return guests_.size(); }

private:
    struct Guest {
        std::uint32_t number;
        OwnedFd socket;
    };
    void welcome();
    bool serve(Guest& guest); // false: it is gone, or says what is no frame
    Status connect(const Guest& guest, const service::ControlFrame& frame, OwnedFd end);

    Fleet& fleet_;
    OwnedFd listener_;
    std::list<Guest> guests_;
    std::uint32_t last_number_ = 0;
};

}
