#include "qmgr/load_latch.h"

namespace gp::qmgr {

bool LoadLatch::must_wait(const std::string& connection, bool load_is_high)
{
    if (!latches_ || connection.empty())
        return load_is_high;
    if (closed_.contains(connection))
        return true;
    if (!load_is_high)
        return false;
    if (order_.size() == most) {
        closed_.erase(order_.front());
        order_.pop_front();
    }
    closed_.insert(connection);
    order_.push_back(connection);
    return true;
}

}
