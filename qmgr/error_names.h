// The words by which retry rules name errors (manual 32.5), what they match, and the number that stands
// for each in log lines: "defer (-44)", "defer (111): Connection refused".
//
// An agent says what happened by the most exact word: "timeout_connect_MX", "refused_A", "rcpt_452",
// "quota_7d" (the mailbox was last read seven days ago), "lost_connection".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::qmgr {

// Exim's numbers for errors that are no system errors. Part of the log's form: filters match them.
enum ErrorNumber : std::int32_t {
    error_unknown = -1,
    error_bad_redirect = -17,
    error_smtp_closed = -18,
    error_smtp_format = -19,
    error_quota = -22,
    error_held = -23,
    error_filter = -24,
    error_dns = -36,
    error_tls_failed = -37,
    error_tls_required = -38,
    error_auth_failed = -42,
    error_rcpt_4xx = -44,
    error_mail_4xx = -45,
    error_data_4xx = -46,
    error_auth_problem = -48,
    error_routing_retry = -52,
    error_local_retry = -53,
    error_host_retry = -54,
    error_queue_domain = -56,
    error_transport_busy = -57,
};

// May a rule name this error? "*" matches all; an empty word is no name.
gp::Status check_error_name(std::string_view word);
bool error_matches(std::string_view rule_word, std::string_view happened);
// "rcpt_4xx" and a reply of 452 make "rcpt_452"; other words stay.
std::string precise_error_name(std::string_view word, std::uint32_t smtp_code);
// 0 when the word says nothing.
std::int32_t error_number_of(std::string_view happened);
// "Connection refused" for a system error, else empty.
std::string system_error_text(std::int32_t number);
// Deferrals that are no failure of the address: held, queued, retry time not reached. They leave no hint.
bool is_mere_wait(std::int32_t number);

}
