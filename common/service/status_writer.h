// Master's side of run/status (common/service/status_board.h): a file that it writes in place. It is not mapped: a page of
// a mapped file for which the disk has no room ends the process that touches it, and this one must not end.
#pragma once

#include <memory>
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
    void open(OwnedFd file); // as large as a board; what cannot be written now is written when it can
    void publish(std::span<const StatusEntry> entries, std::uint32_t generation, bool is_ready);
    // True when that is a new name, which it becomes only where it may; beyond max_counters names: nowhere.
    bool count(std::string_view words, std::uint32_t by, bool may_be_new = true);
    void note_refusal(); // of a new configuration

private:
    void put(const void* part, std::size_t size); // of the board

    std::unique_ptr<StatusBoard> board_;
    OwnedFd file_;
    bool is_behind_ = false; // something was not written
};

}
