#include "cleanup/spoold/remembered.h"

namespace gp::spoold {

void Remembered::add(const spool::Key& id)
{
    forget_old();
    if (!until_.insert_or_assign(id, clock_.seconds() + time_).second)
        return;
    order_.push_back(id);
    if (order_.size() <= most_)
        return;
    until_.erase(order_.front());
    order_.pop_front();
}

bool Remembered::contains(const spool::Key& id)
{
    forget_old();
    return until_.contains(id);
}

void Remembered::forget_old()
{
    const auto now = clock_.seconds();
    while (!order_.empty()) {
        const auto oldest = until_.find(order_.front());
        if (oldest != until_.end() && oldest->second > now)
            return;
        if (oldest != until_.end())
            until_.erase(oldest);
        order_.pop_front();
    }
}

}
