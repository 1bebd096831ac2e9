// What the machine says against deliveries at once: its load average, for queue_only_load and deliver_queue_load_max, by
// a system call that needs no file; and files that an administrator has put there (queue_only_file).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gp::qmgr {

std::int64_t load_average();           // of the last minute, in thousandths; negative when it is not known
// queue_only_file (manual 14.23): is one of the files there that queue all messages, or those "smtp/…" that queue SMTP?
enum class Queues { everything, smtp };
bool is_asked_by_file(const std::vector<std::string>& files, Queues what);

bool load_exceeds(std::int64_t limit); // false when the limit is negative: unset

}
