// $queue_size: qmgr is asked, and at most once a minute (manual chapter 11, $queue_size).
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/clock.h"
#include "common/expand/effects.h"
#include "common/ipc/link.h"

namespace gp::router {

class QueueCounter final : public expand::Queue {
public:
    QueueCounter(ipc::Link& qmgr, const Clock& clock) : qmgr_(qmgr), clock_(clock) {}
    std::optional<std::uint64_t> size() override;

private:
    ipc::Link& qmgr_;
    const Clock& clock_;
    std::optional<std::uint64_t> size_;
    std::optional<std::int64_t> asked_; // seconds; a failure is remembered as long
};

}
