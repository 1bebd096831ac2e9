// The drop directory: mail that local programs left while the suite was down (SECURITY.md 4.7).
//
// Anyone may add a file, nobody may list or touch another's. Each file is checked on its open
// descriptor: regular, one link, group of the directory; its owner is the caller. A good one is renamed to the id
// that its message gets, "ID+", goes the way of any message and is removed when it is committed; a bad one is moved
// aside and logged. A file that has an id already was on its way when we ended: cleanup is asked whether it arrived.
#pragma once

#include <set>

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
    std::vector<std::string> names() const;
    Fate take(const std::string& name);
    Fate submit(int file, const Peer& peer, std::string name, std::uint64_t size);
    Fate feed(int file, LetterBox& box, std::uint64_t size) const;
    void set_aside(const std::string& name);
    bool may_ask_for(const std::string& name);

    OwnedFd directory_;
    const Parameters& parameters_;
    Services services_;
    const Clock& clock_;
    mail::MessageIdGenerator& ids_;
    bool scanning_ = false;
    std::set<std::string> marked_; // names that we gave, of files that are still to be taken
    int foreign_questions_ = 3;
    std::string last_; // name of the last scan: the next one begins behind it
};

}
