// The queue as `exim -bp` prints it (manual 5.2, "-bp"), read back: what exiqgrep and exiqsumm work on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace gp::utilities {

struct QueueEntry {
    std::string age;    // "25m", as printed
    std::string size;   // "2.9K", as printed; may be empty
    std::string id;
    std::string sender; // with its angle brackets
    bool is_frozen = false;
    std::vector<std::string> recipients; // delivered ones begin with "D "
};

// Reads entries until the text ends. The error names the line that has no place.
Result<std::vector<QueueEntry>> parse_queue_listing(std::string_view text);

std::int64_t seconds_of_age(std::string_view age);   // "3d" -> 259200
double octets_of_size(std::string_view size);        // "2.9K" -> 2969.6

// The second in which a message with this id was received: its first six characters.
std::int64_t arrival_of(std::string_view id);

}
