// The files of bounce_message_file and warn_message_file (manual chapter 50): texts with lines of four asterisks between
// them. Read by conf with the configuration, and by router when such a text needs the whole expansion language.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gp::config {

constexpr std::size_t longest_template = 64 * 1024; // octets of such a file

// The items of a file's text, each with the ends of its lines; the first one is header lines.
std::vector<std::string> template_items(std::string_view text);

// $warn_message_delay: "45 minutes", "26 hours".
std::string delay_text(std::int64_t seconds);

}
