// Entries in the native form of systemd's journal (systemd.journal-fields(7)): one entry a line, whatever its length, with
// what it is about as fields of its own:
//
//   journalctl GATEPOST_MESSAGE_ID=1xVDco-ao5HNJ-0J        journalctl -t exim GATEPOST_LOG=reject
#pragma once

#include "common/log/logd/system_log.h"

namespace gp::logd {

class Journald final : public SystemLog {
public:
    static constexpr std::string_view usual_path = "/run/systemd/journal/socket";
    // `identifier`: SYSLOG_IDENTIFIER; `facility` as facility_code() has it.
    Journald(std::string path, std::size_t limit, std::string identifier, int facility)
        : SystemLog(std::move(path), limit), identifier_(std::move(identifier)), facility_(facility)
    {
    }

private:
    std::vector<std::string> datagrams(const SystemLine& line) const override;
    const std::string identifier_;
    const int facility_;
};

}
