// Message ids in Exim's classic form: tttttt-pppppp-ff, base 62: seconds, process, fraction.
//
// Unique across processes and restarts: the process part is pid + 2^22 * n with n drawn at random
// when the generator starts and stepped when the fractions of one second are used up (62*62 of
// them). spoold refuses an id that is alive, as the last fence.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/result.h"

namespace gp::mail {

class MessageIdGenerator {
public:
    explicit MessageIdGenerator(const Clock& clock);
    std::string next();

private:
    const Clock& clock_;
    std::uint64_t process_;
    std::uint64_t generation_;
    std::int64_t second_ = 0;
    unsigned used_ = 0;
};

// 6-6-2, or the newer 6-11-4 that tools accept too.
bool is_message_id(std::string_view text);
// Seconds since 1970 that the id tells.
Result<std::int64_t> message_id_time(std::string_view id);

}
