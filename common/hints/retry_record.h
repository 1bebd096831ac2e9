// What the retry hints say of one host, address or message at a host: manual chapter 32. Kept in a
// hints::Store under Exim's kind of key, "T:host:address:port" or "R:local@domain".
//
// The encoding has a version and is decoded with bounds: a record is never taken for a structure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/result.h"

namespace gp::hints {

struct RetryRecord {
    std::int64_t first_failed = 0; // seconds since 1970
    std::int64_t last_try = 0;
    std::int64_t next_try = 0;
    bool expired = false;          // failing for longer than the last cutoff of its rule
    std::int32_t error_number = 0; // errno, or one of Exim's negative numbers
    std::string error_name;        // word of the retry rules: "refused_A", "rcpt_451" …
    std::string text;              // of the last failure

    bool operator==(const RetryRecord&) const = default;
};

inline constexpr std::size_t max_error_name = 64;
inline constexpr std::size_t max_retry_text = 512; // longer texts are cut

std::string encode(const RetryRecord& record);
Result<RetryRecord> decode_retry_record(std::string_view octets);

}
