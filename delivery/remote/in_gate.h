// The place of one connection in the process (connections_max): had, and given back at the end.
#pragma once

#include "common/event/loop.h"

namespace gp::remote {

class InGate {
public:
    explicit InGate(event::Gate& gate) : gate_(gate) {}
    ~InGate() { gate_.leave(); }
    InGate(const InGate&) = delete;
    InGate& operator=(const InGate&) = delete;

private:
    event::Gate& gate_;
};

}
