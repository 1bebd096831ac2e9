// The drop directory: mail that local programs left while the suite was down (SECURITY.md 4.7).
//
// Anyone may add a file, nobody may list or touch another's. Each file is checked on its open
// descriptor: regular, one link, group of the directory; its owner is the caller. A good one goes the
// way of any message and is removed when it is committed; a bad one is moved aside and logged.
#pragma once

#include "cleanup/submit/letter_box.h"
#include "common/base/owned_fd.h"

namespace gp::submit {

class Drop {
public:
    Drop(OwnedFd directory, const Parameters& parameters, Services services, const Clock& clock,
         mail::MessageIdGenerator& ids);

    // Takes in what is there. Suspends. One scan at a time.
    void scan();

private:
    enum class Fate { gone, later, bad };
    Fate take(const std::string& name);
    Fate submit(int file, const Peer& peer, const std::string& name);

    OwnedFd directory_;
    const Parameters& parameters_;
    Services services_;
    const Clock& clock_;
    mail::MessageIdGenerator& ids_;
    bool scanning_ = false;
};

}
