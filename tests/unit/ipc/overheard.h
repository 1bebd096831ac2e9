// What the process logs, for tests.
#pragma once

#include <string>

#include "common/log/log.h"

namespace gp::ipc {

// What is logged while it lives.
class Log {
public:
    Log()
    {
        log::set_sink([this](const log::Entry& entry) { text += std::string(entry.text) + "\n"; });
    }
    ~Log() { log::set_sink({}); }
    std::string text;
};

}
