#include "master/control/mbox_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "common/base/octets.h"
#include "common/base/text.h"

namespace gp::control {
namespace {

constexpr int lock_tries = 20;
constexpr std::chrono::milliseconds lock_pause{500};

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

// As deliveries do it: a file of a name of our own, linked to the lock's name.
Status make_lock_file(const std::string& mailbox)
{
    const auto lock = mailbox + ".lock", post = lock + "." + std::to_string(::getpid());
    const OwnedFd made{::open(post.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (!made)
        return system_error("create " + post);
    struct stat about {};
    const bool locked = insist([&] {
        return ::link(post.c_str(), lock.c_str()) == 0 || (::fstat(made.get(), &about) == 0 && about.st_nlink == 2);
    });
    ::unlink(post.c_str());
    return locked ? Status{} : Status{temporary(mailbox + " is locked by somebody else (" + lock + ")")};
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
    TRY(make_lock_file(path));
    MboxFile file{path, OwnedFd{::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | (makes ? O_CREAT : 0), 0600)}};
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

Status MboxFile::each(const std::function<Status(std::string_view, const std::string&)>& visit) const
{
    const auto mapped = TRY(Mapped::open(fd_.get(), path_));
    auto rest = mapped.text();
    if (!rest.empty() && !rest.starts_with("From "))
        return permanent(path_ + " is not an mbox: it does not begin with \"From \"");
    while (!rest.empty()) {
        const auto line_end = std::min(rest.find('\n'), rest.size());
        const auto from_line = rest.substr(0, line_end);
        rest.remove_prefix(std::min(line_end + 1, rest.size()));
        const auto next = rest.starts_with("From ") ? 0 : rest.find("\n\nFrom ");
        auto text = rest.substr(0, next == std::string_view::npos || next == 0 ? next : next + 1);
        rest.remove_prefix(next == std::string_view::npos ? rest.size() : next == 0 ? 0 : next + 2);
        if (next == std::string_view::npos && text.ends_with("\n\n"))
            text.remove_suffix(1);
        TRY(visit(from_line, unquoted(text)));
    }
    return {};
}

Status MboxFile::append(std::string_view from_line, std::string_view text)
{
    struct stat before {};
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
