// What happened, for people: the lines of Exim's three logs and our own remarks about the machine.
//
// A line goes to the sink that main() installed: in a service, the log service over its channel; in a
// tool, standard error. Text from outside must have been escaped (base/text.h: escape); a control
// character that slips through is escaped here, so that one event is one line.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "common/base/clock.h"

namespace gp::log {

enum class File : std::uint8_t { main, reject, panic, debug, journal };

struct Entry {
    File file;
    WallTime when;
    std::string_view text;
};
using Sink = std::function<void(const Entry&)>;

void set_sink(Sink sink);            // replaces standard error
void set_program(std::string_view name); // "smtpd/2": before remarks, as in "smtpd/2: lost router"

// Exim's logs. `text` is everything after the time stamp (and pid).
void main(std::string_view text);
void reject(std::string_view text);
void panic(std::string_view text); // to the main log as well, as Exim does

// Remarks of the suite about itself, in the main log: "smtpd/2: remark: ...". A warning also goes to the
// panic log when the administrator must act.
void remark(std::string_view text);
void warning(std::string_view text);
void alarm(std::string_view text); // main and panic log

// -d: debugging output, off unless switched on; `facet` is one of names/debug_selectors.txt.
bool debugging(std::string_view facet);
void set_debugging(std::string_view facets); // "+all", "-dns+route"
void debug(std::string_view facet, std::string_view text);

}
