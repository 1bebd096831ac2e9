// Main options that bound what is accepted: sizes, counts, room on the disk.
#pragma once

#include <span>

#include "common/config/param.h"

namespace gp::conf {

struct Limits {
    config::Expandable message_size_limit;
    std::int64_t header_maxsize = 0;
    std::int64_t header_line_maxsize = 0;
    std::int64_t received_headers_max = 0;
    config::Expandable recipients_max;
    bool recipients_max_reject = false;
    std::int64_t check_spool_space = 0, check_spool_inodes = 0; // octets, files
    std::int64_t check_log_space = 0, check_log_inodes = 0;
    std::int64_t message_body_visible = 0;
    bool message_body_newlines = false;

    static constexpr std::string_view title = "Limits";
    static std::span<const config::Param<Limits>> params();
};

}
