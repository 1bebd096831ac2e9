// Main options of the queue: when it is run, how long a message stays, what is frozen.
#pragma once

#include <span>

#include "common/config/param.h"

namespace gp::conf {

struct Queue {
    bool queue_only = false;
    bool queue_only_override = true;
    std::string queue_only_file;
    std::int64_t queue_only_load = -1000; // thousandths; negative: unset
    config::Expandable queue_domains, queue_smtp_domains, hold_domains;
    config::Expandable queue_run_max;
    bool queue_run_in_order = false;
    Duration auto_thaw{};
    Duration timeout_frozen_after{};
    Duration ignore_bounce_errors_after{};
    Duration retry_data_expire{};
    Duration retry_interval_max{};
    std::vector<Duration> delay_warning;
    config::Expandable delay_warning_condition;
    Duration receive_timeout{};

    static constexpr std::string_view title = "Queue";
    static std::span<const config::Param<Queue>> params();
};

}
