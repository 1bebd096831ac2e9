// When which timer is due: a binary heap whose nodes know their place in it, so that taking one out
// costs no search. Used by the scheduler alone, for fibers' deadlines and for Timer.
//
// Most deadlines are far away and never come: a fiber leaves its node in the heap when its wait is
// over and uses it again for the next one (see FiberState::arm), so that a wait costs no heap work.
#pragma once

#include <cstddef>
#include <vector>

#include "common/event/deadline.h"

namespace gp::event {

struct TimerNode {
    static constexpr std::size_t not_queued = static_cast<std::size_t>(-1);

    TimerNode() = default;
    TimerNode(const TimerNode&) = delete;
    TimerNode& operator=(const TimerNode&) = delete;
    virtual ~TimerNode() = default;
    // Called outside of any fiber, after the node has left the heap. It may put itself back.
    virtual void due(TimePoint now) = 0;

    bool queued() const { return place != not_queued; }

    TimePoint when{};
    std::size_t place = not_queued;
};

class TimerHeap {
public:
    // Adds the node, or moves it when it is there already.
    void put(TimerNode& node, TimePoint when);
    void remove(TimerNode& node);
    bool empty() const { return nodes_.empty(); }
    TimerNode& first() { return *nodes_.front(); }

private:
    void place(std::size_t at, TimerNode* node);
    void rise(std::size_t at);
    void sink(std::size_t at);

    std::vector<TimerNode*> nodes_;
};

}
