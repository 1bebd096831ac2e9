// A directory in which each message is a file of its own, without further convention (manual 26.9).
#pragma once

#include "delivery/local/mailbox.h"

namespace gp::local {

// What is in such a directory already, when its quota holds another message; not counted where nobody asks.
Result<Usage> check_folder_room(const Job& job, const std::string& path);
// The message as a new file, flushed to the disk.
Status write_message_file(const Job& job, int file, const std::string& name, std::uint32_t mode);


delivery::Outcome deliver_to_folder(const Job& job, const std::string& path);

}
