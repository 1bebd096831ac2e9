#include "master/control/instance.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "common/base/number.h"
#include "common/base/counters.h"
#include "common/base/text.h"
#include "common/process/memfd.h"
#include "common/process/spawn.h"
#include "master/control/loading.h"

namespace gp::control {
namespace {

constexpr std::size_t most_pid_file = 64;

Result<std::string> spool_of(const Invocation& call)
{
    return TRY(load_configuration(call))->main.process.spool_directory;
}

// Master holds a lock on its pid file as long as it lives; without one the number means nothing.
bool is_locked(int fd)
{
    struct flock whole {};
    whole.l_type = F_WRLCK;
    return ::fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;
}

Error not_running(const std::string& path)
{
    return permanent("no instance is running in " + path, Cause::not_found);
}

}

Result<Instance> Instance::find(const Invocation& call)
{
    return Instance{call.spool.empty() ? TRY(spool_of(call)) : call.spool};
}

Result<Instance::Master> Instance::master() const
{
    const OwnedFd file{::open(run_path("master.pid").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (!file && (errno == ENOENT || errno == ENOTDIR))
        return not_running(path_);
    if (!file)
        return system_error(run_path("master.pid"));
    if (!is_locked(file.get()))
        return not_running(path_);
    const auto text = TRY(process::read_all(file.get(), most_pid_file));
    Master master;
    master.pid = static_cast<pid_t>(TRY(parse_integer(trim(text))));
    auto pidfd = process::open_pidfd(master.pid);
    // Still locked now: so the number was its own when the descriptor was made.
    if (!pidfd || !is_locked(file.get()))
        return not_running(path_);
    master.pidfd = std::move(pidfd).take();
    return master;
}

Result<Snapshot> Instance::status() const
{
    const OwnedFd file{::open(run_path("status").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
    if (!file)
        return system_error(run_path("status"));
    const auto octets = TRY(process::read_all(file.get(), sizeof(service::StatusBoard)));
    auto board = std::make_unique<service::StatusBoard>();
    if (octets.size() != sizeof *board)
        return temporary(run_path("status") + ": is of another version");
    std::memcpy(board.get(), octets.data(), sizeof *board);
    if (std::memcmp(board->magic, service::status_magic, sizeof board->magic) != 0)
        return temporary(run_path("status") + ": is of another version");
    Snapshot snapshot;
    snapshot.head = *board;
    const auto count = std::min(board->entries, service::max_processes);
    snapshot.entries.assign(board->entry, board->entry + count);
    for (auto& entry : snapshot.entries)
        entry.pool[sizeof entry.pool - 1] = entry.program[sizeof entry.program - 1] = 0;
    for (auto& counter : board->counter) {
        counter.words[sizeof counter.words - 1] = 0;
        if (!Counters::is_name(counter.words))
            break;
        snapshot.counters.emplace_back(counter.words, counter.value);
    }
    return snapshot;
}

Status signal_master(const Instance::Master& master, int signal)
{
    if (::syscall(SYS_pidfd_send_signal, master.pidfd.get(), signal, nullptr, 0) != 0)
        return system_error("signal to process " + std::to_string(master.pid));
    return {};
}

bool wait_until_gone(const Instance::Master& master, std::chrono::seconds limit)
{
    pollfd gone{master.pidfd.get(), POLLIN, 0};
    const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(limit);
    return ::poll(&gone, 1, static_cast<int>(wait.count())) > 0;
}

}
