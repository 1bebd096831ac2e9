#include "conf/log_selector.h"

#include <algorithm>
#include <array>
#include <vector>

#include "common/base/text.h"

namespace gp::conf {
namespace {

// clang-format off
constexpr std::array<std::string_view, 19> on_by_default = {
    "acl_warn_skipped", "connection_reject", "delay_delivery", "dkim", "dnslist_defer", "etrn",
    "host_lookup_failed", "lost_incoming_connection", "msg_id", "outgoing_interface", "queue_run", "rejected_header", "retry_defer",
    "sender_verify_fail", "size_reject", "skip_delivery", "smtp_confirmation", "tls_certificate_verified",
    "tls_cipher",
};

constexpr std::array<std::string_view, 43> off_by_default = {
    "8bitmime", "address_rewrite", "all_parents", "arguments", "connection_id", "deliver_time",
    "delivery_size", "dkim_verbose", "dmarc", "dmarc_verbose", "dnssec", "ident_timeout",
    "incoming_interface", "incoming_port", "millisec", "msg_id_created",
    "outgoing_port", "pid", "pipelining", "protocol_detail", "proxy", "queue_time", "queue_time_exclusive",
    "queue_time_overall", "receive_time", "received_recipients", "received_sender",
    "return_path_on_delivery", "sender_on_delivery", "smtp_connection", "smtp_incomplete_transaction",
    "smtp_mailauth", "smtp_no_mail", "smtp_protocol_error", "smtp_syntax_error", "spf", "spf_verbose",
    "subject", "tls_on_connect", "tls_peerdn", "tls_resumption", "tls_sni", "unknown_in_list",
};
// clang-format on

}

std::vector<std::string_view> LogSelector::known()
{
    std::vector<std::string_view> all(on_by_default.begin(), on_by_default.end());
    all.insert(all.end(), off_by_default.begin(), off_by_default.end());
    return all;
}

bool LogSelector::knows(std::string_view word)
{
    return std::ranges::find(on_by_default, word) != on_by_default.end() ||
           std::ranges::find(off_by_default, word) != off_by_default.end();
}

Result<LogSelector> LogSelector::parse(std::string_view text)
{
    LogSelector selector;
    selector.words_.insert(on_by_default.begin(), on_by_default.end());
    while (!(text = trim_left(text)).empty()) {
        const char sign = text[0];
        if (sign != '+' && sign != '-')
            return misconfigured("log_selector: \"" + std::string(text) + "\" must begin with + or -");
        text = trim_left(text.substr(1));
        std::size_t end = 0;
        while (end < text.size() && !is_space(text[end]) && text[end] != '+' && text[end] != '-')
            ++end;
        const auto word = text.substr(0, end);
        text.remove_prefix(end);
        if (word == "all") {
            selector.words_.clear();
            if (sign == '+') {
                selector.words_.insert(on_by_default.begin(), on_by_default.end());
                selector.words_.insert(off_by_default.begin(), off_by_default.end());
            }
        } else if (!knows(word)) {
            auto words = known();
            words.push_back("all");
            const auto near = nearest(word, words);
            return misconfigured("log_selector: \"" + std::string(word) + "\" is unknown" +
                                 (near.empty() ? "" : "; did you mean \"" + std::string(near) + "\"?"));
        } else if (sign == '+') {
            selector.words_.emplace(word);
        } else {
            // A word that is off already is an empty range.
            selector.words_.erase(selector.words_.lower_bound(word), selector.words_.upper_bound(word));
        }
    }
    return selector;
}

}
