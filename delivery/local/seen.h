// The Scene of a file that a user's child obeys, made of what router told of the message.
#pragma once

#include <list>

#include "common/expand/scene.h"
#include "delivery/local/interpret_protocol.h"

namespace gp::local {

// Borrows the sight; not to be moved while its scene is in use.
class Seen {
public:
    Seen(const expand::World& world, const launcher::Sight& sight, const std::vector<std::string>& forbidden);
    Seen(const Seen&) = delete;
    Seen& operator=(const Seen&) = delete;
    expand::Scene& scene() { return scene_; }

private:
    void take_message(const launcher::Sight& sight);
    void take_address(const launcher::Sight& sight);
    match::Host host_;
    match::Remembered remembered_;
    expand::Headers headers_;
    expand::Message message_;
    expand::Address address_;
    expand::Scene scene_;
};

}
