// The line that begins a message in an mbox: "From SENDER DATE". Programs that read such files ask for the date, since a
// text may have a line that begins with "From ", too.
#pragma once

#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace gp::control {

struct FromLine {
    std::string sender; // empty: MAILER-DAEMON, or nothing stood there
    std::time_t date = 0;
};

// `line` without its line end, or with a CR. Understood are "Sat Nov 21 10:00:00 2026", with or without seconds and with
// a zone before or after the year, and "Sat, 21 Nov 2026 10:00:00 +0100"; a zone that is no number is taken for the local
// one. None: it begins no message.
std::optional<FromLine> parse_from_line(std::string_view line);

}
