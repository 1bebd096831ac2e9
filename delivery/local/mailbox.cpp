#include "delivery/local/mailbox.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "common/base/owned_fd.h"
#include "common/base/text.h"

namespace gp::local {

Result<Place> mailbox_place(const Job& job)
{
    Place place;
    place.is_maildir = TRY(job.options.flag("maildir_format", false));
    auto directory = job.options.text("directory");
    auto file = job.options.text("file");
    if (directory.empty() && file.empty() && job.instruction().kind == "file") {
        file = job.instruction().address;
        if (file.ends_with('/') || place.is_maildir) {
            directory = std::move(file);
            file.clear();
        }
    }
    if (directory.empty() == file.empty())
        return temporary("exactly one of file and directory must be set for the " + job.instruction().transport + " transport");
    place.is_directory = !directory.empty();
    place.path = place.is_directory ? directory : file;
    while (place.path.size() > 1 && place.path.ends_with('/'))
        place.path.pop_back();
    if (!place.path.starts_with('/'))
        return temporary("appendfile: file or directory name \"" + escape(place.path) + "\" is not absolute");
    if (place.path.find('\0') != std::string::npos)
        return permanent("appendfile: the name has a NUL in it");
    if (place.is_directory && !place.is_maildir)
        return temporary("appendfile: directory without maildir_format is not supported yet");
    return place;
}

std::string nearest_existing(std::string path)
{
    struct stat about {};
    while (path.size() > 1 && ::stat(path.c_str(), &about) != 0)
        path.resize(std::max<std::size_t>(1, path.rfind('/')));
    return path;
}

Status check_place_for_creation(const Job& job, const std::string& path)
{
    const auto where = job.options.text("create_file", "anywhere");
    if (where == "anywhere")
        return {};
    const auto& home = job.instruction().home;
    if (home.empty())
        return temporary("create_file is set and there is no home directory");
    const bool below = path.starts_with(home + "/") && path.find("/../") == std::string::npos;
    const bool in = below && path.find('/', home.size() + 1) == std::string::npos;
    if ((where == "belowhome" && below) || (where == "inhome" && in))
        return {};
    return temporary("mailbox " + path + " may not be created: create_file = " + where);
}

Status ensure_directory(const Job& job, const std::string& path)
{
    struct stat about {};
    if (::stat(path.c_str(), &about) == 0)
        return S_ISDIR(about.st_mode) ? Status{} : Status{temporary(path + " is not a directory")};
    if (!TRY(job.options.flag("create_directory", true)))
        return temporary("directory " + path + " does not exist and create_directory is false");
    TRY(check_place_for_creation(job, path));
    const auto mode = TRY(job.options.mode("directory_mode", 0700));
    for (std::size_t at = nearest_existing(path).size(); at < path.size();) {
        at = std::min(path.find('/', at + 1), path.size());
        const auto part = path.substr(0, at);
        if (::mkdir(part.c_str(), mode) != 0 && errno != EEXIST)
            return system_error("create directory " + part);
        ::chmod(part.c_str(), mode); // the umask has no say
        TRY(sync_directory(part.substr(0, std::max<std::size_t>(1, part.rfind('/')))));
    }
    return {};
}

Status check_quota(const Job& job, const Usage& usage, std::int64_t size)
{
    const auto quota = TRY(job.options.size("quota", 0));
    const auto files = TRY(job.options.size("quota_filecount", 0));
    const bool inclusive = TRY(job.options.flag("quota_is_inclusive", true));
    if (quota > 0 && usage.octets + (inclusive ? size : 0) > quota)
        return temporary("mailbox is full (quota " + std::to_string(quota) + " octets)", Cause::no_space);
    if (files > 0 && usage.files + (inclusive ? 1 : 0) > files)
        return temporary("mailbox is full (quota " + std::to_string(files) + " files)", Cause::no_space);
    return {};
}

Status sync_directory(const std::string& path)
{
    OwnedFd directory{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!directory || ::fsync(directory.get()) != 0)
        return system_error("sync directory " + path);
    return {};
}

}
