// The drop directory: mail that local programs left while the suite was down (SECURITY.md 4.7).
//
// Anyone may add a file, nobody may list or touch another's. Each file is checked on its open
// descriptor: regular, one link, group of the directory; its owner is the caller. A good one is moved to ".taken", a
// directory of our own where nobody else can write, under the id that its message gets, "ID+"; it goes the way of any
// message and is removed when it is committed. A bad one is moved aside and logged. What stands in ".taken" was on its
// way before: cleanup is asked whether it arrived, and the question makes cleanup refuse that id from then on.
//
// With mua_wrapper the directory is closed: what cannot be delivered at once is refused to the program's face. What was
// left before the option was set is carried like all mail then, and what fails is set aside and told of, never queued.
#pragma once

#include "cleanup/submit/letter_box.h"
#include "common/base/owned_fd.h"

namespace gp::submit {

// Whether everybody may leave mail there. For its owner.
Status open_to_all(int directory, bool is_open);

class Drop {
public:
    Drop(OwnedFd directory, const Parameters& parameters, Services services, const Clock& clock,
         mail::MessageIdGenerator& ids);

    // Takes in what is there. Suspends. One scan at a time.
    void scan();

private:
    enum class Fate { gone, later, bad };
    // One of the two directories, and where the last scan of it ended: the next one begins behind.
    struct Shelf {
        OwnedFd directory;
        std::string path; // "drop/"
        std::string last;
    };
    static std::vector<std::string> names(const Shelf& shelf);
    bool open_taken();
    void scan(Shelf& shelf);
    Fate take(const Shelf& shelf, const std::string& name);
    Fate submit(int file, const Peer& peer, const Shelf& shelf, const std::string& name, std::uint64_t size);
    Fate feed(int file, LetterBox& box, std::uint64_t size) const;
    // What becomes of the file of a message that has come to its end.
    Fate ended(Fate fate, const Shelf& shelf, const std::string& name);
    Status mark(const Shelf& from, const std::string& name, const std::string& marked);
    void set_aside(const Shelf& shelf, const std::string& name);

    Shelf dropped_, taken_;
    const Parameters& parameters_;
    Services services_;
    const Clock& clock_;
    mail::MessageIdGenerator& ids_;
    bool scanning_ = false;
};

}
