#include "delivery/local/locks.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <thread>

#include "common/base/owned_fd.h"

namespace gp::local {
namespace {

std::string hitching_post(const std::string& lock, const std::string& host)
{
    char numbers[32];
    std::snprintf(numbers, sizeof numbers, ".%08x.%08x", static_cast<unsigned>(std::time(nullptr)), static_cast<unsigned>(::getpid()));
    return lock + "." + (host.empty() ? "localhost" : host) + numbers;
}

// A lock file older than the timeout was left by somebody who died.
void remove_stale(const std::string& lock, Duration timeout)
{
    struct stat about {};
    if (timeout.count() == 0 || ::stat(lock.c_str(), &about) != 0)
        return;
    if (std::time(nullptr) - about.st_ctim.tv_sec > timeout.count() / 1000)
        ::unlink(lock.c_str());
}

template <class Try>
Status insist(const Try& attempt, const LockRules& rules, Duration timeout, const std::string& what)
{
    const auto end = std::time(nullptr) + timeout.count() / 1000;
    for (unsigned tries = 0;;) {
        const int failed = attempt();
        if (failed == 0)
            return {};
        if (failed != EAGAIN && failed != EACCES && failed != EINTR)
            return system_error(what, failed);
        const bool more = timeout.count() ? std::time(nullptr) < end : ++tries < std::max(1u, rules.retries);
        if (!more)
            return temporary(what + ": it is locked by somebody else");
        std::this_thread::sleep_for(timeout.count() ? Duration{1000} : rules.interval);
    }
}

}

Result<LockRules> LockRules::read(const Options& options)
{
    LockRules rules;
    rules.use_lockfile = TRY(options.flag("use_lockfile", true));
    rules.use_fcntl_lock = TRY(options.flag("use_fcntl_lock", true));
    rules.use_flock_lock = TRY(options.flag("use_flock_lock", false));
    rules.retries = static_cast<unsigned>(std::clamp<std::int64_t>(TRY(options.size("lock_retries", 10)), 0, 10'000));
    rules.interval = TRY(options.time("lock_interval", rules.interval));
    rules.lockfile_timeout = TRY(options.time("lockfile_timeout", rules.lockfile_timeout));
    rules.fcntl_timeout = TRY(options.time("lock_fcntl_timeout", rules.fcntl_timeout));
    rules.flock_timeout = TRY(options.time("lock_flock_timeout", rules.flock_timeout));
    rules.lockfile_mode = TRY(options.mode("lockfile_mode", 0600));
    return rules;
}

// A file of a name of our own, linked to the lock's name: the link count says whether it worked, on NFS too.
Result<LockFile> LockFile::make(const std::string& mailbox, const LockRules& rules)
{
    const std::string lock = mailbox + ".lock";
    for (unsigned tries = 0;; ++tries) {
        const auto post = hitching_post(lock, rules.host);
        OwnedFd made{::open(post.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, rules.lockfile_mode)};
        if (!made)
            return temporary(std::string(std::strerror(errno)) + ": creating lock file hitching post " + post + " (euid=" +
                             std::to_string(::geteuid()) + " egid=" + std::to_string(::getegid()) + ")");
        const bool linked = ::link(post.c_str(), lock.c_str()) == 0;
        struct stat about {};
        const bool counted = ::fstat(made.get(), &about) == 0 && about.st_nlink == 2;
        ::unlink(post.c_str());
        if (linked || counted)
            return LockFile{lock};
        remove_stale(lock, rules.lockfile_timeout);
        if (tries + 1 >= std::max(1u, rules.retries))
            return temporary("failed to lock mailbox " + mailbox + " (lock file)");
        std::this_thread::sleep_for(rules.interval);
    }
}

LockFile::~LockFile()
{
    if (!path_.empty())
        ::unlink(path_.c_str());
}

Status lock_open_file(int file, const std::string& name, const LockRules& rules)
{
    if (rules.use_fcntl_lock)
        TRY(insist(
            [&] {
                struct flock whole {};
                whole.l_type = F_WRLCK;
                whole.l_whence = SEEK_SET;
                return ::fcntl(file, F_SETLK, &whole) == 0 ? 0 : errno;
            },
            rules, rules.fcntl_timeout, "failed to lock mailbox " + name + " (fcntl)"));
    if (rules.use_flock_lock)
        TRY(insist([&] { return ::flock(file, LOCK_EX | LOCK_NB) == 0 ? 0 : errno; }, rules, rules.flock_timeout,
                   "failed to lock mailbox " + name + " (flock)"));
    return {};
}

}
