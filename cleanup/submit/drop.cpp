#include "cleanup/submit/drop.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "common/base/octets.h"
#include "common/base/text.h"
#include "common/ipc/codec.h"
#include "common/log/log.h"

namespace gp::submit {
namespace {

constexpr std::size_t names_at_once = 1000; // the rest waits for the next scan

std::vector<std::string> names_in(int directory)
{
    std::vector<std::string> names;
    const int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR* dir = copy >= 0 ? ::fdopendir(copy) : nullptr;
    if (!dir)
        return names;
    while (const dirent* entry = ::readdir(dir)) {
        const std::string_view name = entry->d_name;
        if (!name.starts_with('.') && !name.starts_with("bad-") && names.size() < names_at_once)
            names.emplace_back(name);
    }
    ::closedir(dir);
    return names;
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
    return ipc::decode<Letter>(octets);
}

}

Drop::Drop(OwnedFd directory, const Parameters& parameters, Services services, const Clock& clock,
           mail::MessageIdGenerator& ids)
    : directory_(std::move(directory)), parameters_(parameters), services_(services), clock_(clock), ids_(ids)
{
}

void Drop::scan()
{
    if (scanning_ || !directory_)
        return;
    scanning_ = true;
    for (const auto& name : names_in(directory_.get())) {
        const auto fate = take(name);
        if (fate == Fate::later)
            break; // the suite is in trouble: the next scan tries again
        if (fate == Fate::bad)
            ::renameat(directory_.get(), name.c_str(), directory_.get(), ("bad-" + name).c_str());
    }
    scanning_ = false;
}

Drop::Fate Drop::take(const std::string& name)
{
    OwnedFd file{::openat(directory_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)};
    struct stat about {};
    struct stat home {};
    if (!file || ::fstat(file.get(), &about) != 0 || ::fstat(directory_.get(), &home) != 0) {
        log::warning("drop/" + escape(name) + ": " + system_error("open").text);
        return Fate::bad;
    }
    // A link to a foreign file would bring that file's owner: its group and link count give it away.
    if (!S_ISREG(about.st_mode) || about.st_nlink != 1 || about.st_gid != home.st_gid) {
        log::warning("drop/" + escape(name) + ": not a file that sendmail left here; moved aside");
        return Fate::bad;
    }
    return submit(file.get(), {.uid = about.st_uid, .gid = about.st_gid}, name);
}

Drop::Fate Drop::submit(int file, const Peer& peer, const std::string& name)
{
    auto head = read_head(file);
    if (!head) {
        log::warning("drop/" + escape(name) + " of uid " + std::to_string(peer.uid) + " " + head.error().text);
        return Fate::bad;
    }
    LetterBox box{parameters_, services_, clock_, ids_};
    auto opened = box.open(*head, peer);
    if (!opened) {
        log::warning("drop/" + escape(name) + ": " + opened.error().text);
        return opened.error().blame == Blame::permanent ? Fate::bad : Fate::later;
    }
    std::string buffer(part_size, '\0');
    for (;;) {
        const auto got = ::read(file, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return Fate::later;
        if (got == 0)
            break;
        if (!box.add(std::string_view(buffer).substr(0, static_cast<std::size_t>(got))))
            return Fate::later;
    }
    auto reply = box.finish();
    if (!reply || (!reply->accepted && reply->temporary))
        return Fate::later;
    if (!reply->accepted) {
        log::warning("drop/" + escape(name) + " of uid " + std::to_string(peer.uid) + ": " + escape(reply->text));
        return Fate::bad;
    }
    ::unlinkat(directory_.get(), name.c_str(), 0);
    return Fate::gone;
}

}
