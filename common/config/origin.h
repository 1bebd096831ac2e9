// Where a line of the configuration came from: file and line number. Every setting, rule and statement
// carries one, up to the log line that says what decided.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace gp::config {

struct Origin {
    std::shared_ptr<const std::string> file; // null: built in, or given on the command line
    std::uint32_t line = 0;

    // "/etc/gatepost/gatepost.conf:17"; "(built in)" when it is from no file.
    std::string text() const { return file ? *file + ":" + std::to_string(line) : std::string("(built in)"); }
    std::string_view file_name() const { return file ? std::string_view(*file) : std::string_view(); }
};

}
