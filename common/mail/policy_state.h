// What policy has decided of a session and its message so far: it travels from ACL to ACL, and with the
// message to cleanup. Values only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/mail/envelope.h"

namespace gp::mail {

// A header that policy wants added, and where (manual 44.24).
struct HeaderEdit {
    enum class Where : std::uint8_t { end, start, after_received, before_first, remove };
    Where where = Where::end;
    std::string text; // for remove: the name, or a pattern
    static void fields(auto& self, auto&& field)
    {
        field("where", self.where);
        field("text", self.text);
    }
};
constexpr HeaderEdit::Where enum_limit(HeaderEdit::Where)
{
    return HeaderEdit::Where::remove;
}

// A rate that was counted already for this connection or this message (the ratelimit condition).
struct RateSeen {
    std::string key;
    std::uint64_t rate = 0; // in millionths
    bool of_connection = false;
    static void fields(auto& self, auto&& field)
    {
        field("key", self.key);
        field("rate", self.rate);
        field("of_connection", self.of_connection);
    }
};

// Where a refusal is logged (log_reject_target).
inline constexpr std::uint32_t log_to_main = 1, log_to_reject = 2, log_to_panic = 4;

// Among the session's switches once DNSSEC has vouched for the name that the client gave with HELO
// ($sender_helo_dnssec). Another name takes it away.
inline constexpr std::string_view helo_is_secure = "helo_dnssec";

// What policy has decided so far. It travels with each question and comes back with each answer;
// smtpd carries it without looking inside, but for the few members that it acts on.
// smtp_active_hostname of the session that a message came in, among its variables.
inline constexpr std::string_view active_hostname = "smtp_active_hostname";

struct PolicyState {
    std::vector<Variable> variables; // acl_c_*, acl_m_*
    std::vector<HeaderEdit> header_edits;  // add_header, remove_header
    std::vector<std::string> controls;     // message controls in Exim's words: "freeze", "queue_only", "submission/…"
    std::string no_pipelining;             // session controls that smtpd obeys: "1" when set
    std::string no_chunking;
    std::uint64_t message_size_limit = 0;  // 0: the listener's
    std::string address_data;              // of the last successful verification
    std::string sender_address_data;
    std::vector<RateSeen> rates;
    std::vector<std::string> switches;     // session controls that smtpd obeys: "no_delay_flush"
    std::uint32_t sender_verified = 0;     // the message's sender is good: 1 by routing, 2 by callout
    std::vector<std::uint64_t> warned;     // hashes of the log lines of warn statements: once for a message
    std::string queue;                     // queue = NAME
    static void fields(auto& self, auto&& field)
    {
        field("variables", self.variables);
        field("header_edits", self.header_edits);
        field("controls", self.controls);
        field("no_pipelining", self.no_pipelining);
        field("no_chunking", self.no_chunking);
        field("message_size_limit", self.message_size_limit);
        field("address_data", self.address_data);
        field("sender_address_data", self.sender_address_data);
        field("rates", self.rates);
        field("switches", self.switches);
        field("sender_verified", self.sender_verified);
        field("warned", self.warned);
        field("queue", self.queue);
    }
};

}
