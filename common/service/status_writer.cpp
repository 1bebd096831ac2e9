#include "common/service/status_writer.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <ctime>

namespace gp::service {

StatusWriter::~StatusWriter()
{
    if (board_)
        ::munmap(board_, sizeof *board_);
}

Status StatusWriter::open(const OwnedFd& file)
{
    void* at = ::mmap(nullptr, sizeof *board_, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    if (at == MAP_FAILED)
        return system_error("mmap run/status");
    board_ = static_cast<StatusBoard*>(at);
    std::memcpy(board_->magic, status_magic, sizeof board_->magic);
    board_->master = ::getpid();
    board_->started = std::time(nullptr);
    return {};
}

void StatusWriter::publish(std::span<const StatusEntry> entries, std::uint32_t generation, bool is_ready)
{
    const auto count = std::min<std::size_t>(entries.size(), max_processes);
    std::memcpy(board_->entry, entries.data(), count * sizeof(StatusEntry));
    board_->entries = static_cast<std::uint32_t>(count);
    board_->generation = generation;
    board_->ready = is_ready ? 1 : 0;
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
        return is_free;
    }
    return false;
}

void StatusWriter::note_refusal()
{
    ++board_->refused;
}

}
