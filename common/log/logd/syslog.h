// Lines in the form of RFC 3164, as syslog(3) sends them to /dev/log.
#pragma once

#include "common/log/logd/system_log.h"

namespace gp::logd {

class Syslog final : public SystemLog {
public:
    struct Style {
        std::string process_name; // syslog_processname
        int facility = 0;         // facility_code()
        bool with_pid = true;
        bool with_stamp = true;   // our own, in the text (syslog_timestamp)
    };
    static constexpr std::string_view usual_path = "/dev/log";
    Syslog(std::string path, std::size_t limit, Style style) : SystemLog(std::move(path), limit), style_(std::move(style)) {}

private:
    // Lines over 870 octets are split as Exim does (manual 53.2): "[1/2] …", "[2/2] …".
    std::vector<std::string> datagrams(const SystemLine& line) const override;
    const Style style_;
};

}
