// Lines of JSON about messages (message_records): one for each line of the main log that says what became of an address, and
// one when a message is finished. Each travels with its line, so that sums over them are what the main log has, whoever
// is killed meanwhile.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "qmgr/message.h"

namespace gp::qmgr {

// "outcome"; `line` is the main log's, about this piece. Empty when that tells no outcome. Times in microseconds.
std::string outcome_record(const Message& message, const Piece& piece, std::string_view line, std::int64_t now);
// "finished".
std::string finished_record(const Message& message, std::int64_t now);
// The same of a message that an operator has removed.
std::string removed_record(const mail::Envelope& envelope, std::uint64_t size, const std::string& who, std::int64_t now);

}
