#include "common/mainlog/log_selector.h"

#include <array>

#include "common/base/text.h"

namespace gp::mainlog {
namespace {

struct Word {
    std::string_view name;
    bool LogSelector::*flag;
};

constexpr std::array words = {
    Word{"all_parents", &LogSelector::all_parents},
    Word{"delay_delivery", &LogSelector::delay_delivery},
    Word{"deliver_time", &LogSelector::deliver_time},
    Word{"delivery_size", &LogSelector::delivery_size},
    Word{"dnssec", &LogSelector::dnssec},
    Word{"incoming_interface", &LogSelector::incoming_interface},
    Word{"millisec", &LogSelector::millisec},
    Word{"outgoing_interface", &LogSelector::outgoing_interface},
    Word{"outgoing_port", &LogSelector::outgoing_port},
    Word{"pipelining", &LogSelector::pipelining},
    Word{"proxy", &LogSelector::proxy},
    Word{"queue_run", &LogSelector::queue_run},
    Word{"queue_time", &LogSelector::queue_time},
    Word{"queue_time_exclusive", &LogSelector::queue_time_exclusive},
    Word{"queue_time_overall", &LogSelector::queue_time_overall},
    Word{"retry_defer", &LogSelector::retry_defer},
    Word{"return_path_on_delivery", &LogSelector::return_path_on_delivery},
    Word{"sender_on_delivery", &LogSelector::sender_on_delivery},
    Word{"skip_delivery", &LogSelector::skip_delivery},
    Word{"smtp_confirmation", &LogSelector::smtp_confirmation},
    Word{"smtp_mailauth", &LogSelector::smtp_mailauth},
    Word{"tls_certificate_verified", &LogSelector::tls_certificate_verified},
    Word{"tls_cipher", &LogSelector::tls_cipher},
    Word{"tls_peerdn", &LogSelector::tls_peerdn},
};

void apply(LogSelector& selector, std::string_view name, bool on)
{
    for (const auto& word : words)
        if (name == "all" || name == word.name)
            selector.*word.flag = on;
}

}

LogSelector LogSelector::parse(std::string_view text, std::string log_ports)
{
    LogSelector selector;
    selector.log_ports = std::move(log_ports);
    while (!(text = trim_left(text)).empty()) {
        const bool on = text[0] != '-';
        if (text[0] == '+' || text[0] == '-')
            text = trim_left(text.substr(1));
        std::size_t end = 0;
        while (end < text.size() && !is_space(text[end]) && text[end] != '+' && text[end] != '-')
            ++end;
        apply(selector, text.substr(0, end), on);
        text.remove_prefix(end);
    }
    return selector;
}

}
