#include "common/event/detail/timer_heap.h"

namespace gp::event {

void TimerHeap::place(std::size_t at, TimerNode* node)
{
    nodes_[at] = node;
    node->place = at;
}

void TimerHeap::rise(std::size_t at)
{
    TimerNode* node = nodes_[at];
    while (at > 0) {
        const auto parent = (at - 1) / 2;
        if (nodes_[parent]->when <= node->when)
            break;
        place(at, nodes_[parent]);
        at = parent;
    }
    place(at, node);
}

void TimerHeap::sink(std::size_t at)
{
    TimerNode* node = nodes_[at];
    for (;;) {
        auto child = 2 * at + 1;
        if (child >= nodes_.size())
            break;
        if (child + 1 < nodes_.size() && nodes_[child + 1]->when < nodes_[child]->when)
            ++child;
        if (node->when <= nodes_[child]->when)
            break;
        place(at, nodes_[child]);
        at = child;
    }
    place(at, node);
}

void TimerHeap::put(TimerNode& node, TimePoint when)
{
    node.when = when;
    if (!node.queued()) {
        node.place = nodes_.size();
        nodes_.push_back(&node);
    }
    rise(node.place);
    sink(node.place);
}

void TimerHeap::remove(TimerNode& node)
{
    if (!node.queued())
        return;
    const auto at = node.place;
    TimerNode* last = nodes_.back();
    nodes_.pop_back();
    node.place = TimerNode::not_queued;
    if (last == &node)
        return;
    place(at, last);
    rise(at);
    sink(last->place);
}

}
