// Main options of delivery: headers that are removed, bounces and warnings, parallel work.
#pragma once

#include <span>

#include "common/config/param.h"

namespace gp::conf {

struct Delivery {
    std::int64_t remote_max_parallel = 0;
    bool return_path_remove = true;
    bool delivery_date_remove = true;
    bool envelope_to_remove = true;
    config::Expandable received_header_text;
    config::Expandable message_id_header_domain, message_id_header_text;
    bool extract_addresses_remove_arguments = true;
    config::Expandable bounce_message_file, warn_message_file;
    std::string bounce_message_text;
    bool bounce_return_body = true;
    bool bounce_return_message = true;
    std::int64_t bounce_return_size_limit = 0;
    std::int64_t bounce_return_linesize_limit = 0;
    config::Expandable dsn_from;
    std::string errors_reply_to;
    config::Expandable errors_copy;
    config::Expandable freeze_tell;
    std::string bounce_sender_authentication;

    static constexpr std::string_view title = "Delivery";
    static std::span<const config::Param<Delivery>> params();
};

}
