// The instance's directories below spool_directory: made where they are missing, given to the services that
// own them, and never reached through a link that somebody left there.
//
// Runs while master still has all of root's rights; afterwards master works on run/ alone, which nobody else
// may write to.
#pragma once

#include <string>
#include <string_view>

#include "common/base/owned_fd.h"
#include "common/base/result.h"
#include "common/service/image_reader.h"

namespace gp::master {

class Directories {
public:
    static Result<Directories> prepare(const service::Image& image);
    // A guest's: those of the suite that runs, and a directory in run/ for its own sockets.
    static Result<Directories> share(const service::Image& image);

    const OwnedFd& run() const { return run_; }
    const std::string& path() const { return path_; } // of spool_directory

    // Takes the instance's lock and writes our process number to run/master.pid; an error when another
    // master holds it. Held until we end.
    Status lock();
    // What guests of a suite that ended without a word have left. Only for who has the lock: theirs may live.
    void forget_guests() const;
    // pid_file_path, for those who look there.
    Status write_pid_file(std::string_view path);
    // For commands that compare: how we were called (common/service/guests.h).
    Status write_called(std::string_view words) const;
    // Tells commands of users who may not read the configuration where the system's instance is.
    Status announce() const;
    void remove_pid_files(); // and what a guest has made
    // run/stderr: where services of a daemon write what they cannot log. Appends; starts over when large.
    Result<OwnedFd> open_stderr() const;
    // run/status, of exactly that size, zeros.
    Result<OwnedFd> open_status(std::size_t size) const;

private:
    std::string path_;
    OwnedFd spool_;
    OwnedFd run_;
    OwnedFd lock_;
    std::string pid_file_;
    std::string guest_directory_; // in run/; empty: no guest
    OwnedFd host_run_;
};

}
