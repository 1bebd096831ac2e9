// Which optional parts delivery lines have: the words of log_selector (manual 53.15) that concern deliveries.
#pragma once

#include <string>
#include <string_view>

namespace gp::mainlog {

// Defaults are those of Exim 4.96 (names/log_selectors_default.txt).
struct LogSelector {
    bool all_parents = false;
    bool delay_delivery = true;
    bool deliver_time = false;
    bool delivery_size = false;
    bool dnssec = false;
    bool incoming_interface = false;
    bool millisec = false;
    bool outgoing_interface = true; // where incoming_interface is on
    bool outgoing_port = false;
    bool pipelining = false;
    bool proxy = false;
    bool queue_run = true;
    bool queue_time = false;
    bool queue_time_exclusive = false; // QT= begins when all of a message had come
    bool queue_time_overall = false;
    bool retry_defer = true;
    bool return_path_on_delivery = false;
    bool sender_on_delivery = false;
    bool skip_delivery = true;
    bool smtp_confirmation = true;
    bool smtp_mailauth = false;
    bool tls_certificate_verified = true;
    bool tls_cipher = true;
    bool tls_peerdn = false;
    std::string log_ports = "*"; // of the ports that outgoing_port asks for, these (common/base/port_list.h)

    // "+queue_time -retry_defer +all": words that others act on are passed over; config has refused wrong
    // ones.
    static LogSelector parse(std::string_view text, std::string log_ports = "*");
};

}
