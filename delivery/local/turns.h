// Who may look at files now: so many at once of one user, whose home may hang, and so many of all together. The others
// wait for their turn, each for the turn of its user first: who waits there takes nobody else's place.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "common/event/loop.h"

namespace gp::local {

class Turns {
public:
    Turns(std::size_t most, std::size_t most_of_a_user) : all_(most), most_of_a_user_(most_of_a_user) {}

    // Suspends until it is there, and lasts as long as it lives; false: the deadline came first.
    class Turn {
    public:
        Turn(Turns& turns, std::uint32_t uid, event::Deadline until);
        ~Turn();
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        explicit operator bool() const { return is_in_all_; }

    private:
        Turns& turns_;
        const std::uint32_t uid_;
        bool is_in_own_ = false, is_in_all_ = false;
    };
    std::size_t users() const { return users_.size(); } // who have somebody inside or waiting

private:
    struct Own {
        explicit Own(std::size_t most) : gate(most) {}
        event::Gate gate;
        std::size_t known = 0; // inside and waiting: the gate goes with the last of them
    };
    event::Gate all_;
    const std::size_t most_of_a_user_;
    std::map<std::uint32_t, std::unique_ptr<Own>> users_;
};

}
