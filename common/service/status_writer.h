// Master's side of run/status (common/service/status_board.h): a mapped file that it writes in place.
#pragma once

#include <span>
#include <string_view>

#include "common/base/owned_fd.h"
#include "common/base/result.h"
#include "common/service/status_board.h"

namespace gp::service {

class StatusWriter {
public:
    StatusWriter() = default;
    StatusWriter(const StatusWriter&) = delete;
    StatusWriter& operator=(const StatusWriter&) = delete;
    ~StatusWriter();
    Status open(const OwnedFd& file);
    void publish(std::span<const StatusEntry> entries, std::uint32_t generation, bool is_ready);
    // True when that is a new name, which it becomes only where it may; beyond max_counters names: nowhere.
    bool count(std::string_view words, std::uint32_t by, bool may_be_new = true);
    void note_refusal(); // of a new configuration

private:
    StatusBoard* board_ = nullptr;
};

}
