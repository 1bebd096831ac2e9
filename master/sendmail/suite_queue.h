// $queue_size in the test modes: qmgr of the running suite is asked over its control socket, once.
#pragma once

#include <cstdint>
#include <optional>

#include "common/expand/effects.h"
#include "master/sendmail/options.h"

namespace gp::sendmail {

class SuiteQueue final : public expand::Queue {
public:
    explicit SuiteQueue(const Options& options) : options_(options) {}
    // Nothing where no suite runs, or the caller may not ask it.
    std::optional<std::uint64_t> size() override;

private:
    const Options& options_;
    bool is_asked_ = false;
    std::optional<std::uint64_t> size_;
};

}
