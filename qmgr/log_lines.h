// The main log's lines about deliveries, in Exim 4.96's exact forms (manual chapter 53): one pure function
// for each shape. exigrep, eximstats and fail2ban filters read them; a change here breaks them.
//
// Each function returns the text after the time stamp, from the message id on. Text from outside is escaped
// by the log itself, except inside C="…", whose escapes are part of the form.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "common/mainlog/delivery_line.h"
#include "delivery/protocol.h"

namespace gp::qmgr {

using mainlog::LineAddress;
using mainlog::LineHost;
using mainlog::LineTimes;
using mainlog::LogSelector;
using mainlog::bracketed;
using mainlog::completed_line;

// "=> a@b.example <c@d.example> R=… T=… H=… X=… C="250 OK" QT=3s"; "->" when not the first of its delivery.
std::string delivered_line(const LogSelector& selector, std::string_view id, bool first,
                           const LineAddress& to, const delivery::Outcome& outcome, const LineHost& host,
                           std::uint64_t size, const LineTimes& times);
// "=> :blackhole: <hole@nowhere.example> R=blackhole_router"
std::string discarded_line(const LogSelector& selector, std::string_view id, const LineAddress& to);

// "== a@b.example R=… T=… defer (111): Connection refused", "== a@b.example routing defer (-52): retry …"
std::string deferred_line(const LogSelector& selector, std::string_view id, const LineAddress& to,
                          std::int32_t error_number, std::string_view text, const LineHost& host,
                          const LineTimes& times);
// "** a@b.example <c@d.example> R=… T=… H=…: SMTP error from …"
std::string failed_line(const LogSelector& selector, std::string_view id, const LineAddress& to,
                        const delivery::Outcome& outcome, const LineHost& host, const LineTimes& times);
// "** a@b.example: retry timeout exceeded"
std::string timed_out_line(const LogSelector& selector, std::string_view id, const LineAddress& to);
// "a@b.example <c@d.example>: error ignored"
std::string ignored_line(std::string_view id, const LineAddress& to);
// "H=mail.example [192.0.2.1] Connection refused", "H=mail.example [192.0.2.1]: SMTP error from …"
std::string host_failure_line(const LogSelector& selector, std::string_view id,
                              const delivery::HostFailure& failure);

// "Frozen", "Frozen (delivery error message)"
std::string frozen_line(std::string_view id, std::string_view why);
std::string is_frozen_line(std::string_view id);                     // of a queue run: "Message is frozen"
std::string remark_line(std::string_view id, std::string_view text); // "<id> text"

// "Start queue run: pid=7 -qf"
std::string start_run_line(std::uint32_t process, std::string_view queue, std::string_view options);
std::string end_run_line(std::uint32_t process, std::string_view queue, std::string_view options);

}
