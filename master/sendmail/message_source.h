// Where the octets of a message come from while it is handed in.
#pragma once

#include <cstdint>
#include <string>

#include "common/base/result.h"

namespace gp::sendmail {

class MessageSource {
public:
    virtual ~MessageSource() = default;
    // From now on the whole message has so many seconds to come; 0: as long as it takes.
    virtual void limit(std::uint32_t seconds) = 0;
    // The next octets, or an empty string at the end. After an error nothing is handed in.
    virtual Result<std::string> read() = 0;
};

}
