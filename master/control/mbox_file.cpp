#include "master/control/mbox_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <thread>

#include "common/base/number.h"
#include "common/base/octets.h"
#include "common/base/text.h"
#include "master/control/from_line.h"

namespace gp::control {
namespace {

constexpr int lock_tries = 20;
constexpr std::chrono::milliseconds lock_pause{500};
constexpr std::chrono::seconds touch_interval{60}; // deliveries take a lock file of 30 minutes for a forgotten one
constexpr std::string_view lock_text = "gatepost mailbox\n"; // whose lock it is

template <class Try>
bool insist(const Try& attempt)
{
    for (int tries = 0; tries < lock_tries; ++tries) {
        if (attempt())
            return true;
        std::this_thread::sleep_for(lock_pause);
    }
    return false;
}

// Ours say so, and their owner holds them by flock as long as it lives: a killed run has left one that nobody holds. The
// file that is removed is the one that is held, so that two who see it at once do not remove each other's next one.
void remove_forgotten(const std::string& lock)
{
    const OwnedFd file{::open(lock.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    std::string text(lock_text.size(), '\0');
    if (!file || ::pread(file.get(), text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()) || text != lock_text ||
        ::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
        return;
    struct stat held {}, there {};
    if (::fstat(file.get(), &held) == 0 && ::lstat(lock.c_str(), &there) == 0 && held.st_ino == there.st_ino && held.st_dev == there.st_dev)
        ::unlink(lock.c_str());
}

// As deliveries do it: a file of a name of our own, linked to the lock's name.
Result<OwnedFd> make_lock_file(const std::string& mailbox)
{
    const auto lock = mailbox + ".lock", post = lock + "." + std::to_string(::getpid());
    ::unlink(post.c_str()); // of somebody who had our number and died
    OwnedFd made{::open(post.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (!made)
        return system_error("create " + post);
    struct stat about {};
    const bool is_held = ::flock(made.get(), LOCK_EX | LOCK_NB) == 0 && write_all(made.get(), lock_text, post);
    const bool locked = is_held && insist([&] {
        remove_forgotten(lock);
        return ::link(post.c_str(), lock.c_str()) == 0 || (::fstat(made.get(), &about) == 0 && about.st_nlink == 2);
    });
    ::unlink(post.c_str());
    if (!is_held)
        return system_error("write " + post);
    return locked ? std::move(made) : Result<OwnedFd>(temporary(mailbox + " is locked by somebody else (" + lock + ")"));
}

bool lock_whole(int fd)
{
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    return ::fcntl(fd, F_SETLK, &whole) == 0;
}

class Mapped {
public:
    static Result<Mapped> open(int fd, const std::string& path)
    {
        struct stat about {};
        if (::fstat(fd, &about) != 0)
            return system_error("stat " + path);
        Mapped made;
        made.size_ = static_cast<std::size_t>(about.st_size);
        if (made.size_ == 0)
            return made;
        made.octets_ = ::mmap(nullptr, made.size_, PROT_READ, MAP_PRIVATE, fd, 0);
        return made.octets_ == MAP_FAILED ? Result<Mapped>(system_error("map " + path)) : std::move(made);
    }
    Mapped(Mapped&& other) noexcept : octets_(std::exchange(other.octets_, MAP_FAILED)), size_(other.size_) {}
    Mapped& operator=(Mapped&&) = delete;
    ~Mapped()
    {
        if (octets_ != MAP_FAILED)
            ::munmap(octets_, size_);
    }
    std::string_view text() const
    {
        return octets_ == MAP_FAILED ? std::string_view{} : std::string_view{static_cast<const char*>(octets_), size_};
    }

private:
    Mapped() = default;
    void* octets_ = MAP_FAILED;
    std::size_t size_ = 0;
};

bool is_quoted_from(std::string_view line, std::size_t least)
{
    const auto marks = line.find_first_not_of('>');
    return marks != std::string_view::npos && marks >= least && line.substr(marks).starts_with("From ");
}

template <class Change>
std::string by_line(std::string_view text, Change change)
{
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = text.substr(0, end == std::string_view::npos ? end : end + 1);
        change(line, out);
        text.remove_prefix(line.size());
    }
    return out;
}

std::string unquoted(std::string_view text)
{
    return by_line(text, [](std::string_view line, std::string& out) { out += is_quoted_from(line, 1) ? line.substr(1) : line; });
}

std::string_view first_line(std::string_view text)
{
    return text.substr(0, text.find('\n'));
}

// How far the text of a message goes, and where the next message begins.
struct Extent {
    std::size_t text = 0, whole = 0;
};

// At the empty line `rest` begins with: does a message end here?
std::optional<Extent> end_before(std::string_view rest, std::size_t at)
{
    const auto behind = rest.substr(at);
    const std::size_t empty_line = behind.starts_with("\r\n") ? 2 : behind.starts_with('\n') ? 1 : 0;
    if (behind.size() == empty_line || (empty_line > 0 && parse_from_line(first_line(behind.substr(empty_line)))))
        return Extent{at, at + empty_line};
    return std::nullopt;
}

// Where Content-Length says that it ends, if there is an end.
std::optional<Extent> told_extent(std::string_view rest)
{
    constexpr std::string_view name = "Content-Length:";
    std::optional<std::uint64_t> told;
    for (std::size_t at = 0; at < rest.size();) {
        const auto line = first_line(rest.substr(at));
        at += line.size() + 1;
        if (starts_nocase(line, name))
            if (const auto number = parse_unsigned(trim(line.substr(name.size()))))
                told = *number;
        if (trim(line).empty())
            return told && at <= rest.size() && *told <= rest.size() - at ? end_before(rest, at + *told) : std::nullopt;
    }
    return std::nullopt;
}

Extent extent_of(std::string_view rest)
{
    if (parse_from_line(first_line(rest)))
        return {};
    if (const auto told = told_extent(rest))
        return *told;
    for (auto at = rest.find("\nFrom "); at != std::string_view::npos; at = rest.find("\nFrom ", at + 1)) {
        const auto empty_line = at > 0 && rest[at - 1] == '\r' ? at - 1 : at;
        if (empty_line == 0 || rest[empty_line - 1] == '\n')
            if (const auto end = end_before(rest, empty_line))
                return *end;
    }
    const std::size_t last = rest.ends_with("\n\r\n") ? 2 : rest.ends_with("\n\n") ? 1 : 0;
    return {rest.size() - last, rest.size()};
}

std::string quoted(std::string_view text)
{
    return by_line(text, [](std::string_view line, std::string& out) {
        if (is_quoted_from(line, 0))
            out += '>';
        out += line;
    });
}

}

Result<MboxFile> MboxFile::open(const std::string& path, bool makes)
{
    auto lock = TRY(make_lock_file(path));
    MboxFile file{path, OwnedFd{::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | (makes ? O_CREAT : 0), 0600)}, std::move(lock)};
    struct stat about {};
    if (!file.fd_ || ::fstat(file.fd_.get(), &about) != 0)
        return system_error("open " + path);
    if (!S_ISREG(about.st_mode))
        return permanent(path + " is not a regular file");
    if (!insist([&] { return lock_whole(file.fd_.get()); }))
        return temporary(path + " is locked by somebody else");
    return file;
}

MboxFile::~MboxFile()
{
    if (locked_)
        ::unlink((path_ + ".lock").c_str());
}

void MboxFile::keep_lock() const
{
    const auto now = std::chrono::steady_clock::now();
    if (now - touched_ < touch_interval)
        return;
    touched_ = now;
    ::futimens(lock_.get(), nullptr);
}

Status MboxFile::each(const std::function<Status(std::string_view, const std::string&)>& visit) const
{
    const auto mapped = TRY(Mapped::open(fd_.get(), path_));
    auto rest = mapped.text();
    if (!rest.empty() && !parse_from_line(first_line(rest)))
        return permanent(path_ + " is not an mbox: it does not begin with a line \"From SENDER DATE\"");
    while (!rest.empty()) {
        auto from_line = first_line(rest);
        rest.remove_prefix(std::min(from_line.size() + 1, rest.size()));
        const auto extent = extent_of(rest);
        const auto text = rest.substr(0, extent.text);
        rest.remove_prefix(extent.whole);
        keep_lock();
        const bool has_crlf = from_line.ends_with('\r');
        if (has_crlf)
            from_line.remove_suffix(1);
        TRY(visit(from_line, unquoted(has_crlf ? replace_all(std::string(text), "\r\n", "\n") : std::string(text))));
    }
    return {};
}

Status MboxFile::append(std::string_view from_line, std::string_view text)
{
    struct stat before {};
    keep_lock();
    if (::fstat(fd_.get(), &before) != 0)
        return system_error("stat " + path_);
    std::string octets;
    char last[2] = {'\n', '\n'};
    if (before.st_size > 1 && ::pread(fd_.get(), last, 2, before.st_size - 2) == 2 && (last[1] != '\n' || last[0] != '\n'))
        octets = last[1] == '\n' ? "\n" : "\n\n"; // somebody died while writing
    octets.append(from_line).append("\n").append(quoted(text));
    octets += text.ends_with('\n') ? "\n" : "\n\n";
    auto written = write_all(fd_.get(), octets, path_);
    if (!written && ::ftruncate(fd_.get(), before.st_size) != 0)
        return temporary(written.error().text + "; and it could not be cut back to its old length");
    return written;
}

Status MboxFile::sync()
{
    return ::fsync(fd_.get()) == 0 ? Status{} : Status{system_error("sync " + path_)};
}

}
