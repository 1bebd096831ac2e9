// The files of control = debug: one for each tag, at most so many and each at most so large. What is held back until
// something triggers it (pretrigger) is held here, the newest octets of it.
#pragma once

#include <cstdint>
#include <ctime>
#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "common/log/logd/log_file.h"
#include "common/log/logd/parameters.h"

namespace gp::logd {

class DebugFiles {
public:
    explicit DebugFiles(const Parameters& parameters) : parameters_(parameters) {}

    // A line as common/log/debug_log.h packs it; `stamp` goes before each line of its text. An error names what
    // the limits keep out, once.
    Status take(std::string_view packed, std::string_view stamp, const std::tm& now);
    Status flush(const std::tm& now, std::int64_t seconds);
    bool has_pending() const;

private:
    struct Kept {
        std::string session;
        std::string lines; // whole ones
        bool triggered = false;
    };
    struct One {
        explicit One(LogFile to) : file(std::move(to)) {}
        LogFile file;
        std::deque<Kept> kept; // the longest silent session first
    };
    static Kept& kept_of(One& one, std::string_view session);
    Result<One*> find(std::string_view tag);
    std::string pattern(std::string_view tag) const;

    const Parameters& parameters_;
    std::map<std::string, One, std::less<>> files_;
    bool told_of_limit_ = false;
};

}
