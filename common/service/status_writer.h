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
    void count(std::string_view words, std::uint32_t by); // beyond max_counters names: nowhere
    void note_refusal(); // of a new configuration

private:
    StatusBoard* board_ = nullptr;
};

}
