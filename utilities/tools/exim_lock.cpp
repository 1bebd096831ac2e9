// exim_lock: runs a command while a mailbox is locked as the appendfile transport locks it (manual 54.16).
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "common/base/number.h"
#include "common/base/owned_fd.h"
#include "utilities/tool.h"

namespace gp::utilities {
namespace {

constexpr const char* usage_text =
    "usage: exim_lock [-v] [-q] [-lockfile] [-fcntl] [-flock] [-retries N] [-interval SECONDS] [-timeout SECONDS]\n"
    "                 [-restore_time] FILE [COMMAND]\n";
constexpr std::time_t lock_file_expires = 30 * 60;

struct Settings {
    bool by_file = false, by_fcntl = false, by_flock = false, verbose = false, quiet = false, restores_time = false;
    std::int64_t retries = 10, interval = 3, timeout = 0;
    std::string file, command;
};

Result<Settings> settings_of(const std::vector<std::string>& words)
{
    Settings settings;
    std::vector<std::string> rest;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto& word = words[i];
        std::int64_t* number = word == "-retries"    ? &settings.retries
                               : word == "-interval" ? &settings.interval
                               : word == "-timeout"  ? &settings.timeout
                                                     : nullptr;
        if (number) {
            if (++i == words.size())
                return permanent(word + " needs a number");
            *number = static_cast<std::int64_t>(TRY(parse_unsigned(words[i])));
        } else if (word == "-lockfile")
            settings.by_file = true;
        else if (word == "-fcntl")
            settings.by_fcntl = true;
        else if (word == "-flock")
            settings.by_flock = true;
        else if (word == "-v")
            settings.verbose = true;
        else if (word == "-q")
            settings.quiet = true;
        else if (word == "-restore_time")
            settings.restores_time = true;
        else if (word == "-mbx")
            return permanent("-mbx is not supported: no mailbox has that form here");
        else if (word.size() > 1 && word.front() == '-')
            return permanent("unknown option " + word);
        else
            rest.push_back(word);
    }
    if (rest.empty() || rest.size() > 2)
        return permanent("a mailbox, and perhaps a command, are expected");
    settings.file = rest[0];
    settings.command = rest.size() > 1 ? rest[1] : "";
    if (!settings.by_file && !settings.by_fcntl && !settings.by_flock)
        settings.by_file = settings.by_fcntl = true;
    return settings;
}

// The file's own lock is a link to a file that is ours alone: that works over NFS, too.
class MailboxLock {
public:
    explicit MailboxLock(const Settings& settings) : settings_(settings), lock_name_(settings.file + ".lock") {}
    ~MailboxLock()
    {
        if (has_file_)
            ::unlink(lock_name_.c_str());
        if (file_ && settings_.restores_time) {
            const timespec times[] = {before_.st_atim, before_.st_mtim};
            ::futimens(file_.get(), times);
        }
    }
    MailboxLock(const MailboxLock&) = delete;
    MailboxLock& operator=(const MailboxLock&) = delete;

    Status take()
    {
        for (std::int64_t tries = 0;; ++tries) {
            const auto taken = take_once();
            if (taken || tries + 1 >= settings_.retries || taken.error().blame == Blame::permanent)
                return taken;
            if (settings_.verbose)
                std::printf("exim_lock: %s; waiting\n", taken.error().text.c_str());
            ::sleep(static_cast<unsigned>(settings_.interval));
        }
    }

private:
    Status take_once()
    {
        if (settings_.by_file && !has_file_)
            TRY(take_lock_file());
        if (!file_)
            file_.reset(::open(settings_.file.c_str(), O_RDWR | O_APPEND | O_CLOEXEC));
        if (!file_)
            return permanent("could not open " + settings_.file);
        ::fstat(file_.get(), &before_);
        if (settings_.by_fcntl)
            TRY(take_fcntl());
        if (settings_.by_flock && ::flock(file_.get(), LOCK_EX | LOCK_NB) != 0)
            return temporary("flock() failed on " + settings_.file);
        return {};
    }

    Status take_lock_file()
    {
        const auto own = settings_.file + ".lock." + std::to_string(::getpid()) + "." + std::to_string(std::time(nullptr));
        const OwnedFd made{::open(own.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
        if (!made)
            return permanent("could not create " + own);
        const bool linked = ::link(own.c_str(), lock_name_.c_str()) == 0;
        ::unlink(own.c_str());
        struct stat old {};
        if (!linked && ::stat(lock_name_.c_str(), &old) == 0 && std::time(nullptr) - old.st_mtime > lock_file_expires) {
            ::unlink(lock_name_.c_str());
            return temporary("an expired lock file was removed");
        }
        if (!linked)
            return temporary("the lock file " + lock_name_ + " exists");
        has_file_ = true;
        return {};
    }

    Status take_fcntl()
    {
        struct flock whole {};
        whole.l_type = F_WRLCK;
        whole.l_whence = SEEK_SET;
        ::alarm(static_cast<unsigned>(settings_.timeout));
        const int failed = ::fcntl(file_.get(), settings_.timeout > 0 ? F_SETLKW : F_SETLK, &whole);
        ::alarm(0);
        if (failed != 0)
            return temporary("fcntl() failed on " + settings_.file);
        return {};
    }

    const Settings& settings_;
    const std::string lock_name_;
    bool has_file_ = false;
    OwnedFd file_;
    struct stat before_ {};
};

int run(const Call& call)
{
    const auto settings = settings_of(call.arguments);
    if (!settings) {
        std::fputs(usage_text, stderr);
        return fail("exim_lock", 1, settings.error().text);
    }
    MailboxLock lock{*settings};
    if (const auto taken = lock.take(); !taken)
        return fail("exim_lock", 1, "locking " + settings->file + ": " + taken.error().text);
    if (!settings->quiet)
        std::printf("exim_lock: %s locked\n", settings->file.c_str());
    std::fflush(stdout);
    const char* shell = std::getenv("SHELL");
    const auto command = !settings->command.empty() ? settings->command : shell && *shell ? std::string(shell) : "/bin/sh";
    const int status = std::system(command.c_str());
    if (!settings->quiet)
        std::printf("exim_lock: %s unlocked\n", settings->file.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

const RegisterTool self{Tool{.name = "exim_lock", .text = "runs a command while a mailbox is locked", .run = run}};

}

}
