#include "common/service/status_writer.h"

#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <ctime>

namespace gp::service {

void StatusWriter::open(OwnedFd file)
{
    board_ = std::make_unique<StatusBoard>();
    file_ = std::move(file);
    std::memcpy(board_->magic, status_magic, sizeof board_->magic);
    board_->master = ::getpid();
    board_->started = std::time(nullptr);
    is_behind_ = true;
    put(board_.get(), 0);
}

void StatusWriter::put(const void* part, std::size_t size)
{
    const auto* from = reinterpret_cast<const char*>(board_.get());
    const auto* at = static_cast<const char*>(part);
    if (is_behind_) {
        at = from;
        size = sizeof *board_;
    }
    const auto written = ::pwrite(file_.get(), at, size, at - from);
    is_behind_ = written != static_cast<ssize_t>(size);
}

void StatusWriter::publish(std::span<const StatusEntry> entries, std::uint32_t generation, bool is_ready)
{
    const auto count = std::min<std::size_t>(entries.size(), max_processes);
    std::memcpy(board_->entry, entries.data(), count * sizeof(StatusEntry));
    board_->entries = static_cast<std::uint32_t>(count);
    board_->generation = generation;
    board_->ready = is_ready ? 1 : 0;
    put(board_.get(), offsetof(StatusBoard, entry) + count * sizeof(StatusEntry));
}

bool StatusWriter::count(std::string_view words, std::uint32_t by, bool may_be_new)
{
    for (auto& counter : board_->counter) {
        const bool is_free = counter.words[0] == 0;
        if (!is_free && words != counter.words)
            continue;
        if (is_free && !may_be_new)
            return false;
        counter.value += by; // before the name: a reader sees no name without a number
        if (is_free)
            words.copy(counter.words, sizeof counter.words - 1);
        put(&counter, sizeof counter);
        return is_free;
    }
    return false;
}

void StatusWriter::note_refusal()
{
    ++board_->refused;
    put(&board_->refused, sizeof board_->refused);
}

}
