#include "cleanup/scan/scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "common/base/octets.h"
#include "common/base/owned_fd.h"
#include "common/mail/message_id.h"

namespace gp::scan {
namespace {

// The name may come from a message: it is one component, and no more.
bool is_component(std::string_view name)
{
    return !name.empty() && name != "." && name != ".." && name.size() <= 255 &&
           name.find('/') == std::string_view::npos && name.find('\0') == std::string_view::npos;
}

}

Result<std::string> Scratch::make(const std::string& id, const std::string& name,
                                  const std::function<Status(const Sink&)>& write) const
{
    if (!mail::is_message_id(id) || !is_component(name))
        return permanent("no name for a decoded part");
    const auto directory = directory_ + "/" + id;
    if (::mkdir(directory.c_str(), 0750) != 0 && errno != EEXIST)
        return system_error("mkdir " + directory);
    const auto path = directory + "/" + name;
    const OwnedFd file{::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640)};
    if (!file)
        return system_error("open " + path);
    TRY(write([&](std::string_view octets) { return write_all(file.get(), octets, "a decoded part"); }));
    return path;
}

void Scratch::forget(const std::string& id) const
{
    if (!mail::is_message_id(id))
        return;
    const auto directory = directory_ + "/" + id;
    DIR* const open = ::opendir(directory.c_str());
    if (!open)
        return;
    while (const auto* entry = ::readdir(open))
        if (is_component(entry->d_name))
            ::unlinkat(::dirfd(open), entry->d_name, 0);
    ::closedir(open);
    ::rmdir(directory.c_str());
}

void Scratch::forget_older_than(std::int64_t seconds) const
{
    DIR* const open = ::opendir(directory_.c_str());
    if (!open)
        return;
    std::vector<std::string> old;
    while (const auto* entry = ::readdir(open)) {
        struct stat status {};
        if (mail::is_message_id(entry->d_name) && ::fstatat(::dirfd(open), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            status.st_mtime < ::time(nullptr) - seconds)
            old.emplace_back(entry->d_name);
    }
    ::closedir(open);
    for (const auto& id : old)
        forget(id);
}

}
