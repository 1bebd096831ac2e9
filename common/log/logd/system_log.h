// The system's log daemon, to which lines go as datagrams: what /dev/log and journald's own socket have in common. It
// may be absent at the start, go and come back, and be slow; lines are kept for it up to a bound, and what was lost is
// said in its place.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/owned_fd.h"
#include "common/base/result.h"

namespace gp::logd {

enum class Severity { alert = 1, error = 3, notice = 5, info = 6 };

struct SystemLine {
    Severity severity = Severity::info;
    std::string_view log;     // "main", "reject", "panic"
    std::string_view text;    // as it was said
    std::string_view stamped; // with the options' time stamp and number in front; no newline at the end
    unsigned pid = 0;
    std::int64_t when = 0; // microseconds since 1970
};

// "Nov 22 21:24:58", in the system's zone.
std::string short_stamp(std::int64_t microseconds);

// "mail", "daemon", "local0" … as in syslog.conf: LOG_MAIL and so on.
Result<int> facility_code(std::string_view name);

class SystemLog {
public:
    // `limit`: octets that are kept while the daemon does not take them.
    SystemLog(std::string path, std::size_t limit) : path_(std::move(path)), limit_(limit) {}
    virtual ~SystemLog() = default;
    SystemLog(const SystemLog&) = delete;
    SystemLog& operator=(const SystemLog&) = delete;

    void add(const SystemLine& line);
    // Sends what there is, waiting a moment for a daemon that is busy. What is wrong, while something is left.
    Status flush();
    bool has_pending() const { return !kept_.empty(); }
    const std::string& path() const { return path_; }
    std::size_t pending() const { return kept_.size(); }

private:
    virtual std::vector<std::string> datagrams(const SystemLine& line) const = 0;
    enum class Sent { yes, busy, gone };
    Sent send(const std::string& datagram);
    Status connect();
    bool keep(const SystemLine& line);
    void tell_of_lost();

    const std::string path_;
    const std::size_t limit_;
    OwnedFd socket_;
    std::deque<std::string> kept_;
    std::size_t octets_ = 0; // of kept_
    std::uint64_t lost_ = 0; // lines
    std::chrono::steady_clock::time_point no_wait_until_{}; // it was busy lately
};

}
