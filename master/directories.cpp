#include "master/directories.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <string_view>

#include "common/log/log.h"
#include "common/process/beneath.h"
#include "common/service/guests.h"

namespace gp::master {
namespace {

constexpr const char* announced_in = "/run/gatepost";
constexpr off_t longest_stderr = 1 << 20;

struct Wanted {
    const char* name;
    const char* owner; // program that it is given to; null: stays ours
    mode_t mode;
    const char* group = nullptr; // program whose group it has; null: the owner's
};

// drop: anyone may add, nobody may list or touch another's file; its files get the group of submit.
constexpr Wanted wanted[] = {
    {"run", nullptr, 0755}, {"run/empty", nullptr, 0555}, {"drop", "submit", 03733},
    {"log", "log", 0750},   {"db", "qmgr", 0750},         {"spool", "spoold", 0700},
    {"tally", "tally", 0750},
    {"scan", "scan", 02750, "router"}, // decoded parts, for expansions to read
};

struct Owner {
    uid_t uid;
    gid_t gid;
};

Owner identity_of(const char* program, const service::Image& image)
{
    for (const auto& row : image.services())
        if (service::text_of(row.program) == program && row.uid != static_cast<uid_t>(-1))
            return {row.uid, row.gid};
    const auto& header = image.header();
    return header.spool_uid == static_cast<uid_t>(-1) ? Owner{0, 0}
                                                      : Owner{header.spool_uid, header.spool_gid};
}

Owner owner_of(const Wanted& directory, const service::Image& image)
{
    if (geteuid() != 0)
        return {geteuid(), getegid()};
    if (!directory.owner)
        return {0, 0};
    auto owner = identity_of(directory.owner, image);
    if (directory.group)
        owner.gid = identity_of(directory.group, image).gid;
    return owner;
}

Status make(int spool, const Wanted& directory, const Owner& owner)
{
    const std::string name = directory.name;
    if (::mkdirat(spool, directory.name, 0700) != 0 && errno != EEXIST)
        return system_error("mkdir " + name);
    const auto fd = process::open_beneath(spool, directory.name, O_RDONLY | O_DIRECTORY);
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0)
        return system_error("open directory " + name);
    if ((status.st_uid != owner.uid || status.st_gid != owner.gid) &&
        ::fchown(fd.get(), owner.uid, owner.gid) != 0)
        return system_error("chown " + name);
    if (::fchmod(fd.get(), directory.mode) != 0)
        return system_error("chmod " + name);
    return {};
}

// The parents too: /var/spool/gatepost on a machine that has none yet.
Status make_with_parents(const std::string& path)
{
    for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
        const auto part = path.substr(0, end);
        if (::mkdir(part.c_str(), 0755) != 0 && errno != EEXIST)
            return system_error("mkdir " + part);
        if (end == std::string::npos)
            return {};
    }
}

// Services with users of their own, and everybody with a message, pass through spool_directory.
Status open_the_way(int spool, const std::string& path)
{
    struct stat status {};
    if (::fstat(spool, &status) != 0)
        return system_error("stat " + path);
    if (status.st_mode & S_IWOTH)
        return misconfigured("spool_directory " + path + " is writable by everybody");
    if ((status.st_mode & S_IXOTH) || ::geteuid() != 0)
        return {};
    if (::fchmod(spool, (status.st_mode | S_IXOTH) & 07777) != 0)
        return system_error("chmod " + path);
    log::remark("spool_directory " + path +
                " is now passable for everybody: services have users of their own");
    return {};
}

// What is in the directory, which nobody else writes to; `each` says whether it goes.
void remove_files(int directory, const std::function<bool(int directory, const char* name)>& each = {})
{
    const int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR* entries = copy < 0 ? nullptr : ::fdopendir(copy);
    if (!entries)
        return;
    while (const auto* entry = ::readdir(entries))
        if (!each || each(directory, entry->d_name))
            ::unlinkat(directory, entry->d_name, 0);
    ::closedir(entries);
}

// Guests end with their host; of one that was killed its directory is left.
void remove_guests(int run)
{
    remove_files(run, [](int directory, const char* name) {
        if (!std::string_view(name).starts_with(service::guest_directory_prefix))
            return false;
        const auto left = process::open_beneath(directory, name, O_RDONLY | O_DIRECTORY);
        if (left)
            remove_files(left.get());
        ::unlinkat(directory, name, AT_REMOVEDIR);
        return false;
    });
}

Status write_number(int fd)
{
    const auto text = std::to_string(::getpid()) + "\n";
    if (::ftruncate(fd, 0) != 0 ||
        ::pwrite(fd, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
        return system_error("writing the process number");
    return {};
}

// A file of ours in run/: nobody else can have put it there, and if somebody did it is not touched.
Result<OwnedFd> open_own_file(int run, const char* name, int flags, mode_t mode = 0644)
{
    auto fd = process::open_beneath(run, name, flags | O_CREAT | O_NONBLOCK, mode);
    struct stat status {};
    if (!fd || ::fstat(fd.get(), &status) != 0)
        return system_error(std::string("open run/") + name);
    if (!S_ISREG(status.st_mode) || status.st_nlink != 1 || status.st_uid != ::geteuid())
        return permanent(std::string("run/") + name + " is not an ordinary file of ours");
    return fd;
}

}

namespace {

bool has_name(int fd)
{
    struct stat status {};
    return ::fstat(fd, &status) == 0 && status.st_nlink > 0;
}

}

Result<Directories> Directories::prepare(const service::Image& image)
{
    Directories made;
    made.path_ = service::text_of(image.header().spool_directory);
    TRY(make_with_parents(made.path_));
    made.spool_ = OwnedFd{::open(made.path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!made.spool_)
        return system_error("open " + made.path_);
    TRY(open_the_way(made.spool_.get(), made.path_));
    for (const auto& directory : wanted) {
        auto done = make(made.spool_.get(), directory, owner_of(directory, image));
        if (!done)
            return misconfigured("spool_directory " + made.path_ + ": " + done.error().text);
    }
    made.run_ = process::open_beneath(made.spool_.get(), "run", O_RDONLY | O_DIRECTORY);
    if (!made.run_)
        return system_error("open " + made.path_ + "/run");
    return made;
}

void Directories::forget_guests() const
{
    remove_guests(run_.get());
}

Result<Directories> Directories::share(const service::Image& image)
{
    Directories shared;
    shared.path_ = service::text_of(image.header().spool_directory);
    shared.spool_ = OwnedFd{::open(shared.path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!shared.spool_)
        return system_error("open " + shared.path_);
    shared.host_run_ = process::open_beneath(shared.spool_.get(), "run", O_RDONLY | O_DIRECTORY);
    shared.guest_directory_ = service::guest_directory(::getpid());
    const auto& name = shared.guest_directory_;
    if (::mkdirat(shared.host_run_.get(), name.c_str(), 0755) != 0 && errno != EEXIST)
        return system_error("mkdir " + shared.path_ + "/run/" + name);
    shared.run_ = process::open_beneath(shared.host_run_.get(), name.c_str(), O_RDONLY | O_DIRECTORY);
    if (!shared.run_)
        return system_error("open " + shared.path_ + "/run/" + name);
    return shared;
}

Status Directories::write_called(std::string_view words) const
{
    const auto fd = TRY(open_own_file(run_.get(), service::called_file, O_RDWR | O_TRUNC, 0600));
    if (::pwrite(fd.get(), words.data(), words.size(), 0) != static_cast<ssize_t>(words.size()))
        return system_error("run/called");
    return {};
}

Status Directories::lock()
{
    OwnedFd fd;
    do {
        fd = TRY(open_own_file(run_.get(), "master.pid", O_RDWR));
        struct flock whole {};
        whole.l_type = F_WRLCK;
        if (::fcntl(fd.get(), F_OFD_SETLK, &whole) != 0) {
            if (errno == EAGAIN || errno == EACCES)
                return permanent("an instance is running already in " + path_);
            return system_error("lock run/master.pid");
        }
    } while (!has_name(fd.get())); // its last owner removed it meanwhile
    TRY(write_number(fd.get()));
    lock_ = std::move(fd);
    return {};
}

Status Directories::write_pid_file(std::string_view path)
{
    pid_file_ = path;
    ::unlink(pid_file_.c_str());
    // Created anew, so that no link that somebody else left there is followed.
    const OwnedFd fd{::open(pid_file_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644)};
    if (!fd)
        return system_error("pid_file_path " + pid_file_);
    return write_number(fd.get());
}

Status Directories::announce() const
{
    if (::mkdir(announced_in, 0755) != 0 && errno != EEXIST)
        return system_error(std::string("mkdir ") + announced_in);
    const OwnedFd directory{::open(announced_in, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)};
    const auto file =
        process::open_beneath(directory.get(), "spool_directory", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    const auto text = path_ + "\n";
    if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        return system_error(std::string(announced_in) + "/spool_directory");
    return {};
}

void Directories::remove_pid_files()
{
    if (!pid_file_.empty())
        ::unlink(pid_file_.c_str());
    if (lock_)
        ::unlinkat(run_.get(), "master.pid", 0);
    if (guest_directory_.empty())
        return;
    remove_files(run_.get());
    ::unlinkat(host_run_.get(), guest_directory_.c_str(), AT_REMOVEDIR);
}

Result<OwnedFd> Directories::open_stderr() const
{
    auto fd = TRY(open_own_file(run_.get(), "stderr", O_RDWR | O_APPEND));
    struct stat status {};
    if (::fstat(fd.get(), &status) == 0 && status.st_size > longest_stderr && ::ftruncate(fd.get(), 0) != 0)
        return system_error("truncate run/stderr");
    return fd;
}

Result<OwnedFd> Directories::open_status(std::size_t size) const
{
    auto fd = TRY(open_own_file(run_.get(), "status", O_RDWR));
    if (::ftruncate(fd.get(), 0) != 0 || ::ftruncate(fd.get(), static_cast<off_t>(size)) != 0)
        return system_error("run/status");
    return fd;
}

}
