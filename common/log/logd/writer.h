// Gathers the lines of one turn of the loop, orders them by time, stamps them and hands them to the
// files and to the system's log.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/log/logd/debug_files.h"
#include "common/log/logd/log_file.h"
#include "common/log/logd/parameters.h"
#include "common/log/logd/protocol.h"
#include "common/log/logd/system_log.h"
#include "common/mainlog/totals.h"
#include "common/mainlog/totals_file.h"

namespace gp::logd {

class Writer {
public:
    Writer(const Parameters& parameters, const Clock& clock);
    // In the jail, before anything is written: takes up the totals, and what a killed predecessor left half done.
    void start();

    void add(const Line& line);
    // Writes everything that was added since the last call.
    void flush();
    // At the end: what the system's log does not take within seconds is lost, and standard error says how much.
    void finish();
    // Whether some of it is not written; where there are files, in these: a log daemon that is down has its lines later.
    bool has_pending() const;

    // "2026-11-21 10:18:17 [4711] text" as the options want it (manual 53.4); lines of JSON as they are. Public for its test.
    std::string stamped(const Line& line) const;

private:
    LogFile& file_of(const Line& line);
    void open_system_logs();
    void add_to_system_logs(const Line& line, std::string_view stamped);
    void add_debug(const Line& line);
    void flush_system_logs();
    void failed(const Status& why);
    void flush_file(LogFile& file, const std::tm& now, std::int64_t seconds);
    void keep_totals(const std::tm& now, std::int64_t seconds);

    const Parameters parameters_;
    const Clock& clock_;
    std::vector<Line> gathered_;
    LogFile main_, reject_, panic_, journal_, records_;
    DebugFiles debug_;
    struct System {
        std::unique_ptr<SystemLog> log;
        bool failing = false; // and that was told
    };
    std::vector<System> system_; // syslog, journald
    mainlog::Totals totals_;
    mainlog::TotalsFile totals_file_;
    bool has_new_totals_ = false;
    bool failing_ = false; // a write failed and that was told already
};

}
