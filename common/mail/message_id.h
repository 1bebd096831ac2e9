// Message ids in Exim's classic form: tttttt-pppppp-ff, base 62: seconds, process, fraction.
//
// Unique across processes and restarts: in the other two parts are the microsecond, the process, and a number that is
// drawn when the generator starts and stepped when the clock goes back. spoold refuses an id that is alive, as the
// last fence.
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
