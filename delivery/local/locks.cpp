#include "delivery/local/locks.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <optional>
#include <thread>

#include "common/base/owned_fd.h"
#include "delivery/local/append_note.h"

namespace gp::local {
namespace {

std::string hitching_post(const std::string& lock, const std::string& host)
{
    char numbers[32];
    std::snprintf(numbers, sizeof numbers, ".%08x.%08x", static_cast<unsigned>(std::time(nullptr)), static_cast<unsigned>(::getpid()));
    return lock + "." + (host.empty() ? "localhost" : host) + numbers;
}

bool is_same(const struct stat& a, const struct stat& b)
{
    return a.st_ino == b.st_ino && a.st_dev == b.st_dev && a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

bool is_stale(const struct stat& lock, Duration timeout)
{
    return timeout.count() != 0 && std::time(nullptr) - lock.st_ctim.tv_sec > timeout.count() / 1000;
}

// A note that one of us left when he died (append_note.h). It becomes ours as it is, for the note must stand there until what
// it tells of is mended: who takes the lock away and dies then leaves a torn message that nobody knows of. Of two who try
// one gets the lock of the file, and the other finds it fresh. What is of another user, has other names or another content is
// nobody's note.
struct Inherited {
    OwnedFd file;
    std::string note;
};

std::optional<Inherited> inherit(const std::string& lock, Duration timeout)
{
    constexpr std::size_t longest = 16 * 1024;
    Inherited found{.file = OwnedFd{::open(lock.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)}, .note = std::string(longest, '\0')};
    const int file = found.file.get();
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    struct stat about {}, named {};
    if (!found.file || ::fstat(file, &about) != 0 || !S_ISREG(about.st_mode) || about.st_uid != ::geteuid() || about.st_nlink != 1 ||
        ::fcntl(file, F_SETLK, &whole) != 0)
        return std::nullopt;
    const auto got = ::pread(file, found.note.data(), found.note.size(), 0);
    found.note.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    if (!found.note.starts_with(append_note_beginning) || ::fstat(file, &about) != 0 || !is_stale(about, timeout))
        return std::nullopt;
    if (::pwrite(file, append_note_beginning.data(), append_note_beginning.size(), 0) < 0) // the same octets: it is fresh now
        return std::nullopt;
    if (::lstat(lock.c_str(), &named) != 0 || named.st_ino != about.st_ino || named.st_dev != about.st_dev)
        return std::nullopt;
    return found;
}

// A lock file older than the timeout was left by somebody who died. It gets the name of the hitching post first: somebody
// else may be faster, and then we have a fresh one in our hands, which goes back.
void remove_stale(const std::string& lock, const std::string& post, Duration timeout)
{
    struct stat about {}, taken {};
    if (::lstat(lock.c_str(), &about) != 0 || !is_stale(about, timeout) || ::rename(lock.c_str(), post.c_str()) != 0)
        return;
    if (::lstat(post.c_str(), &taken) != 0 || !is_same(about, taken))
        (void)!::link(post.c_str(), lock.c_str()); // or a third one has it by now; the lock of the open file is left
    ::unlink(post.c_str());
}

template <class Try>
Status insist(const Try& attempt, const LockRules& rules, Duration timeout, const std::string& name)
{
    const auto what = "failed to lock mailbox " + name + " (fcntl/flock)";
    const auto end = std::time(nullptr) + timeout.count() / 1000;
    for (unsigned tries = 0;;) {
        const int failed = attempt();
        if (failed == 0)
            return {};
        if (failed != EAGAIN && failed != EACCES && failed != EINTR)
            return system_error(what, failed);
        const bool more = timeout.count() ? std::time(nullptr) < end : ++tries < std::max(1u, rules.retries);
        if (!more)
            return temporary(what); // somebody else has it
        std::this_thread::sleep_for(timeout.count() ? Duration{1000} : rules.interval);
    }
}

}

Result<LockRules> LockRules::read(const Options& options)
{
    LockRules rules;
    const bool is_mbx = TRY(options.flag("mbx_format", false));
    const bool says_nothing = !options.has("use_lockfile") && !options.has("use_fcntl_lock") && !options.has("use_flock_lock");
    rules.use_mbx_lock = TRY(options.flag("use_mbx_lock", is_mbx && says_nothing));
    rules.use_lockfile = TRY(options.flag("use_lockfile", !rules.use_mbx_lock));
    rules.use_flock_lock = TRY(options.flag("use_flock_lock", false));
    rules.use_fcntl_lock = TRY(options.flag("use_fcntl_lock", !rules.use_mbx_lock || !rules.use_flock_lock)); // MBX: of one kind
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
            return LockFile{lock, std::move(made), {}};
        if (auto found = inherit(lock, rules.lockfile_timeout))
            return LockFile{lock, std::move(found->file), std::move(found->note)};
        remove_stale(lock, post, rules.lockfile_timeout);
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

namespace {

enum class Hold { shared, alone };

Status lock_by_rules(int file, const std::string& name, const LockRules& rules, Hold hold)
{
    if (rules.use_fcntl_lock)
        TRY(insist(
            [&] {
                struct flock whole {};
                whole.l_type = hold == Hold::shared ? F_RDLCK : F_WRLCK;
                whole.l_whence = SEEK_SET;
                return ::fcntl(file, F_SETLK, &whole) == 0 ? 0 : errno;
            },
            rules, rules.fcntl_timeout, name));
    if (rules.use_flock_lock)
        TRY(insist([&] { return ::flock(file, (hold == Hold::shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 ? 0 : errno; }, rules,
                   rules.flock_timeout, name));
    return {};
}

// "/tmp/.DEVICE.INODE": everybody may make it, so nothing is believed of it but that it is a plain file, and it is
// never cut or written.
Result<OwnedFd> mbx_lock_file(int file, const std::string& name, const LockRules& rules)
{
    struct stat about {};
    if (::fstat(file, &about) != 0)
        return system_error("stat mailbox " + name);
    char path[80];
    std::snprintf(path, sizeof path, "%.*s/.%lx.%lx", static_cast<int>(mbx_lock_place.size()), mbx_lock_place.data(),
                  static_cast<unsigned long>(about.st_dev), static_cast<unsigned long>(about.st_ino));
    OwnedFd lock{::open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, rules.lockfile_mode)};
    struct stat its {};
    if (!lock || ::fstat(lock.get(), &its) != 0)
        return system_error(std::string("failed to open MBX lock file ") + path);
    if (!S_ISREG(its.st_mode) || its.st_nlink != 1)
        return temporary(std::string("MBX lock file ") + path + " is not a regular file, or has several names");
    return lock;
}

}

// c-client's rules (manual 26.3): its readers share the mailbox, and who changes it has the other file alone.
Result<OwnedFd> lock_open_file(int file, const std::string& name, const LockRules& rules)
{
    TRY(lock_by_rules(file, name, rules, rules.use_mbx_lock ? Hold::shared : Hold::alone));
    if (!rules.use_mbx_lock)
        return OwnedFd{};
    auto lock = TRY(mbx_lock_file(file, name, rules));
    TRY(lock_by_rules(lock.get(), name, rules, Hold::alone));
    return lock;
}

}
