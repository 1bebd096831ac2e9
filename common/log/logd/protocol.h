// Lines on their way to the log files. logd gathers what comes in one turn of its loop, orders it by
// time and writes it with one write() for each file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/ipc/message.h"

namespace gp::logd {

struct Line {
    enum class File : std::uint8_t { main, reject, panic, debug, journal };
    File file = File::main;
    std::int64_t when = 0;   // microseconds since 1970
    std::uint32_t pid = 0;   // of who said it: +pid
    std::string text;        // one event; embedded newlines only where Exim has them (reject log's headers)
    static void fields(auto& self, auto&& field)
    {
        field("file", self.file);
        field("when", self.when);
        field("pid", self.pid);
        field("text", self.text);
    }
};
constexpr Line::File enum_limit(Line::File)
{
    return Line::File::journal;
}

struct Lines {
    static constexpr std::string_view name = "lines";
    static constexpr std::size_t max_size = 4 * 1024 * 1024;
    std::vector<Line> lines;
    static void fields(auto& self, auto&& field) { field("lines", self.lines); }
};

// A line that must be in its file before its writer goes on: answered when it is.
struct WriteLine {
    static constexpr std::string_view name = "write_line";
    static constexpr std::size_t max_size = 1024 * 1024;
    using Reply = ipc::Done;
    Line line;
    static void fields(auto& self, auto&& field) { field("line", self.line); }
};

}
