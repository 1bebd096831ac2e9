// An instance as the command finds it: by its configuration's spool_directory, its pid file, and what master
// writes on the status board. Nothing here needs more rights than the caller has.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

#include "common/base/owned_fd.h"
#include "common/base/result.h"
#include "common/service/status_board.h"
#include "master/control/verb.h"

namespace gp::control {

struct Snapshot {
    service::StatusBoard head; // its entries are not looked at
    std::vector<service::StatusEntry> entries;
    std::vector<std::pair<std::string, std::uint64_t>> counters; // words and number, as they were first counted
};

class Instance {
public:
    // By --spool, or by reading the configuration.
    static Result<Instance> find(const Invocation& call);
    // The directory is all that is known of it.
    explicit Instance(std::string spool_directory) : path_(std::move(spool_directory)) {}

    const std::string& path() const { return path_; }
    std::string run_path(std::string_view name) const { return path_ + "/run/" + std::string(name); }

    // The running master; Cause::not_found when there is none. The descriptor stands for that very process,
    // whatever becomes of its number.
    struct Master {
        pid_t pid = -1;
        OwnedFd pidfd;
    };
    Result<Master> master() const;
    Result<Snapshot> status() const;

private:
    std::string path_;
};

Status signal_master(const Instance::Master& master, int signal);
bool wait_until_gone(const Instance::Master& master, std::chrono::seconds limit);

}
