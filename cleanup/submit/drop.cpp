#include "cleanup/submit/drop.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/base/octets.h"
#include "common/base/random.h"
#include "common/base/text.h"
#include "common/event/loop.h"
#include "common/log/log.h"
#include "common/mail/message_id.h"
#include "common/ipc/link.h"
#include "common/spool/fields.h"

namespace gp::submit {
namespace {

constexpr Duration patience{60'000};
const std::string aside_prefix = "bad-";
constexpr std::size_t names_at_once = 1000; // the rest waits for the next scan
constexpr const char* taken_name = ".taken";
constexpr int most_put_off = 10;            // one after the other: the suite is in trouble
constexpr mode_t mode_open = 03733, mode_closed = 0700; // as master makes it, and with mua_wrapper

// The id in "ID+", or empty.
std::string_view id_in(std::string_view name)
{
    return name.ends_with('+') && mail::is_message_id(name.substr(0, name.size() - 1)) ? name.substr(0, name.size() - 1)
                                                                                      : std::string_view{};
}

// The head that bin/sendmail wrote; nothing in it is believed but by the rules for its owner.
Result<Letter> read_head(int file)
{
    std::string magic(drop_magic.size(), '\0');
    std::array<unsigned char, 4> length{};
    if (!read_exactly(file, magic.data(), magic.size()) || magic != drop_magic ||
        !read_exactly(file, reinterpret_cast<char*>(length.data()), length.size()))
        return permanent("is not a dropped message");
    const std::size_t size = length[0] | length[1] << 8 | length[2] << 16 | static_cast<std::size_t>(length[3]) << 24;
    if (size > Letter::max_size)
        return permanent("has a head of " + std::to_string(size) + " octets");
    std::string octets(size, '\0');
    if (!read_exactly(file, octets.data(), size))
        return permanent("ends within its head");
    return spool::read_fields<Letter>(octets);
}

}

Status open_to_all(int directory, bool is_open)
{
    struct stat about {};
    const auto wanted = is_open ? mode_open : mode_closed;
    if (::fstat(directory, &about) != 0 || ((about.st_mode & 07777) != wanted && ::fchmod(directory, wanted) != 0))
        return system_error("chmod of the drop directory");
    return {};
}

Drop::Drop(OwnedFd directory, const Parameters& parameters, Services services, const Clock& clock,
           mail::MessageIdGenerator& ids)
    : dropped_{.directory = std::move(directory), .path = "drop/", .last = {}}, taken_{.directory = {}, .path = "drop/.taken/", .last = {}},
      parameters_(parameters), services_(services), clock_(clock), ids_(ids)
{
}

std::vector<std::string> Drop::names(const Shelf& shelf)
{
    std::vector<std::string> names;
    const int copy = ::openat(shelf.directory.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR* dir = copy >= 0 ? ::fdopendir(copy) : nullptr;
    if (!dir)
        return names;
    while (const dirent* entry = ::readdir(dir)) {
        const std::string_view name = entry->d_name;
        if (!name.starts_with('.') && !name.starts_with(aside_prefix) && names.size() < names_at_once)
            names.emplace_back(name);
    }
    ::closedir(dir);
    std::ranges::sort(names);
    std::ranges::rotate(names, std::ranges::upper_bound(names, shelf.last));
    return names;
}

// Anybody can make something of this name; what is not ours alone is moved out of the way.
bool Drop::open_taken()
{
    if (taken_.directory)
        return true;
    for (int attempts = 0; attempts < 3; ++attempts) {
        const bool is_made = ::mkdirat(dropped_.directory.get(), taken_name, 0700) == 0 || errno == EEXIST;
        OwnedFd found{is_made ? ::openat(dropped_.directory.get(), taken_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1};
        struct stat about {};
        if (found && ::fstat(found.get(), &about) == 0 && about.st_uid == ::geteuid() && (about.st_mode & 077) == 0) {
            taken_.directory = std::move(found);
            return true;
        }
        if (!is_made)
            break;
        set_aside(dropped_, taken_name);
    }
    log::alarm("drop/.taken cannot be made, and nothing is taken from drop: " + system_error("mkdir").text);
    return false;
}

void Drop::scan()
{
    if (scanning_ || !dropped_.directory || !open_taken())
        return;
    scanning_ = true;
    scan(taken_);
    scan(dropped_);
    scanning_ = false;
}

void Drop::scan(Shelf& shelf)
{
    int put_off = 0;
    for (const auto& name : names(shelf)) {
        shelf.last = name;
        const auto fate = take(shelf, name);
        put_off = fate == Fate::later ? put_off + 1 : 0;
        if (put_off == most_put_off)
            break; // the next scan goes on behind them
        if (fate == Fate::bad)
            set_aside(shelf, name);
    }
}

// Under a name that nobody foresees: theirs may be as long as a name can be, and a folder may be in the way.
void Drop::set_aside(const Shelf& shelf, const std::string& name)
{
    const auto aside = aside_prefix + name.substr(0, 100) + "-" + std::to_string(random_number());
    if (::renameat(shelf.directory.get(), name.c_str(), dropped_.directory.get(), aside.c_str()) == 0)
        return log::warning(shelf.path + escape(name) + " is now drop/" + aside);
    if (errno != ENOENT)
        log::alarm(shelf.path + escape(name) + " cannot be moved aside: " + system_error("rename").text);
}

Drop::Fate Drop::take(const Shelf& shelf, const std::string& name)
{
    OwnedFd file{::openat(shelf.directory.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
    struct stat about {};
    struct stat home {};
    if (!file || ::fstat(file.get(), &about) != 0 || ::fstat(dropped_.directory.get(), &home) != 0) {
        const int why = errno;
        if (why == ENOENT)
            return Fate::gone;
        log::warning(shelf.path + escape(name) + ": " + system_error("open", why).text);
        return why == ELOOP || why == EACCES || why == EISDIR || why == ENXIO ? Fate::bad : Fate::later; // or it is ours
    }
    // A link to a foreign file would bring that file's owner: its group and link count give it away.
    if (!S_ISREG(about.st_mode) || about.st_nlink != 1 || about.st_gid != home.st_gid) {
        log::warning(shelf.path + escape(name) + ": not a file that sendmail left here; moved aside");
        return Fate::bad;
    }
    // In the other directory anybody can give a file such a name.
    if (const auto id = id_in(name); !id.empty() && &shelf == &taken_) {
        const auto settled = services_.cleanup.call(cleanup::Settled{std::string(id)}, event::Deadline::in(patience));
        if (!settled)
            return Fate::later;
        if (settled->committed) {
            ::unlinkat(shelf.directory.get(), name.c_str(), 0);
            return Fate::gone;
        }
        if (parameters_.mua_wrapper) // no spool knows of what was carried at once
            log::main(std::string(id) + " may be delivered twice: submit was lost while it was under way");
    }
    // The group is the directory's: what the owner may do is up to the groups that the password file gives them.
    return submit(file.get(), {.uid = about.st_uid, .gid = router::Caller::own_groups}, shelf, name,
                  static_cast<std::uint64_t>(about.st_size));
}

// From here on a crash leaves the id behind, under which the message may have been committed.
Status Drop::mark(const Shelf& from, const std::string& name, const std::string& marked)
{
    if (::renameat(from.directory.get(), name.c_str(), taken_.directory.get(), marked.c_str()) != 0)
        return system_error("rename");
    if (::fsync(taken_.directory.get()) != 0 || ::fsync(from.directory.get()) != 0)
        return system_error("fsync");
    return {};
}

Drop::Fate Drop::submit(int file, const Peer& peer, const Shelf& shelf, const std::string& name, std::uint64_t size)
{
    auto head = read_head(file);
    if (!head) {
        log::warning(shelf.path + escape(name) + " of uid " + std::to_string(peer.uid) + " " + head.error().text);
        return Fate::bad;
    }
    LetterBox box{parameters_, services_, clock_, ids_};
    if (parameters_.mua_wrapper)
        box.deliver_now();
    const auto opened = box.open(*head, peer);
    if (!opened) {
        log::warning(shelf.path + escape(name) + ": " + opened.error().text);
        return opened.error().blame == Blame::permanent ? Fate::bad : Fate::later;
    }
    if (opened->empty()) // no message comes of it, but a complaint
        return ended(feed(file, box, size), shelf, name);
    const auto marked = *opened + "+";
    if (const auto done = mark(shelf, name, marked); !done) {
        log::alarm(shelf.path + escape(name) + " waits: it cannot be made " + taken_.path + marked + ": " + done.error().text);
        return Fate::later; // under whichever of the two names it has now
    }
    return ended(feed(file, box, size), taken_, marked);
}

Drop::Fate Drop::ended(Fate fate, const Shelf& shelf, const std::string& name)
{
    if (fate == Fate::bad)
        set_aside(shelf, name);
    if (fate == Fate::gone && (::unlinkat(shelf.directory.get(), name.c_str(), 0) != 0 || ::fsync(shelf.directory.get()) != 0))
        log::alarm(shelf.path + escape(name) + " was taken in and cannot be removed: " + system_error("unlink").text);
    return fate == Fate::bad ? Fate::gone : fate;
}

// `size` as it was when the file was opened: one that grows all the time would never end.
Drop::Fate Drop::feed(int file, LetterBox& box, std::uint64_t size) const
{
    const auto fate_of = [](const Error& error) { return error.blame == Blame::permanent ? Fate::bad : Fate::later; };
    std::string buffer(part_size, '\0');
    for (std::uint64_t left = size; left > 0 && box.wants_more();) {
        const auto got = ::read(file, buffer.data(), static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size())));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return Fate::later;
        if (got == 0)
            break;
        left -= static_cast<std::uint64_t>(got);
        if (const auto added = box.add(std::string_view(buffer).substr(0, static_cast<std::size_t>(got))); !added)
            return fate_of(added.error());
        event::yield(); // what comes from the page cache suspends nowhere
    }
    const auto reply = box.finish();
    if (!reply)
        return fate_of(reply.error());
    if (reply->accepted)
        return Fate::gone;
    if (reply->temporary)
        return Fate::later;
    if (reply->is_over)
        log::alarm("drop/" + reply->id + " was left before mua_wrapper was set, and cannot be delivered at once: " + escape(reply->text) +
                   "; its file is set aside, and tried again when you give it another name");
    else
        log::warning("drop/" + reply->id + ": " + escape(reply->text));
    return Fate::bad;
}

}
